import Compression
import Coupling
import Datasets
import Experiments
import Graph
import Torch

/// The small network, trained on patterns that can be told apart, and patterns that it has not seen.
struct TrainedNetwork {
    let graph: Graph
    let data: ImageDataset

    init() throws {
        var options = TrainingOptions()
        options.epochs = 4
        options.batchSize = 15
        options.learningRate = 0.1
        options.augmentation = Augmentation.none
        graph = try Trainer(SmallNetwork.initialised(), options: options)
            .train(on: SmallNetwork.patterns(count: 120, seed: 3)).graph
        data = try SmallNetwork.patterns(count: 90, seed: 4)
    }

    /// The share of images that a network classifies rightly, one image at a time.
    func accuracy(of graph: Graph, samples: Int? = nil) throws -> Double {
        let executor = try Executor(graph)
        let count = samples ?? data.count
        let correct = try (0..<count).count { index in
            let logits = try executor.run([data.batch([index]).images])[0].floats()
            return logits.firstIndex(of: logits.max() ?? .nan) == data.labels[index]
        }
        return Double(correct) / Double(count)
    }
}
