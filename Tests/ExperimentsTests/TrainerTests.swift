import Checkpoints
import Datasets
import Evaluation
import Experiments
import Graph
import Models
import Synchronization
import Testing
import Torch

@Suite("Trainer")
struct TrainerTests {
    @Test("training takes PyTorch's way", arguments: ["plain", "exempt"])
    func golden(name: String) throws {
        let stored = try SmallNetwork.stored()
        let losses = try stored.tensor(named: "losses").doubles()
        var options = TrainingOptions()
        options.epochs = losses.count
        options.batchSize = 12
        options.learningRate = 0.3
        options.schedule = .oneCycle(warmUp: 0.5)
        options.weightDecay = 0.01
        options.labelSmoothing = 0.1
        options.augmentation = Augmentation.none
        options.decaysNormalisation = name == "plain"
        let graph = try SmallNetwork().load(stored.section("start."))
        let result = try Trainer(graph, options: options).train(on: SmallNetwork.images())
        let trained = result.graph.stateDictionary
        let expected = stored.section(name + ".")
        // Float32 through six steps at a high rate.
        let tolerance = 2e-4
        for (key, tensor) in trained {
            let difference = try tensor.subtracting(expected.tensor(named: key)).applying(.absolute)
                .reduced(.maximum, axes: []).scalar()
            #expect(difference <= tolerance, "\(key)")
        }
        #expect(trained.count == expected.count - 1)
        if name == "plain" {
            for (epoch, loss) in zip(result.epochs, losses) { #expect(abs(epoch.loss - loss) <= tolerance) }
        }
        let other = stored.section(name == "plain" ? "exempt." : "plain.")
        #expect(
            try abs(
                trained.tensor(named: "norm.weight").subtracting(other.tensor(named: "norm.weight"))
                    .reduced(.l1Norm, axes: []).scalar()) > 10 * tolerance)
    }

    private func options(epochs: Int = 2, seed: UInt64 = 0) throws -> TrainingOptions {
        var options = TrainingOptions()
        options.epochs = epochs
        options.batchSize = 16
        options.seed = seed
        options.augmentation = try Augmentation(padding: 1, flips: true)
        return options
    }

    @Test("a network learns to tell patterns apart")
    func learns() throws {
        let images = try SmallNetwork.patterns(count: 192, seed: 1)
        let test = try SmallNetwork.patterns(count: 96, seed: 2)
        let result = try Trainer(SmallNetwork.initialised(), options: options(epochs: 8)).train(
            on: images, test: test)
        #expect(result.epochs.count == 8)
        let (first, last) = try (#require(result.epochs.first), #require(result.epochs.last))
        #expect(last.loss < first.loss / 2)
        #expect(try #require(last.testAccuracy) > 0.95)
        #expect(!result.wasCancelled)
        try result.graph.verify()
        // The accuracy is that of the network that is returned.
        let batch = try test.batch(0..<test.count)
        let logits = try #require(try Executor(result.graph).run([batch.images]).first)
        let predictions = try logits.argMax(axis: 1).integers()
        let correct = zip(predictions, test.labels).count { $0 == $1 }
        #expect(last.testAccuracy == Double(correct) / Double(test.count))
    }

    @Test("seed and images decide")
    func deterministic() throws {
        let images = try SmallNetwork.patterns(count: 50, seed: 1)
        func train(_ seed: UInt64) throws -> (contents: [String: [UInt8]], losses: [Double]) {
            let result = try Trainer(SmallNetwork.initialised(), options: options(seed: seed)).train(
                on: images)
            return (try result.graph.stateDictionary.contents, result.epochs.map(\.loss))
        }
        let (first, again, other) = (try train(4), try train(4), try train(5))
        #expect(first.contents == again.contents)
        #expect(first.losses == again.losses)
        #expect(first.contents["first.weight"] != other.contents["first.weight"])
    }

    @Test("weights, biases and running statistics change, the original graph does not")
    func updates() throws {
        let graph = try SmallNetwork.initialised()
        let before = try graph.stateDictionary.contents
        let result = try Trainer(graph, options: options()).train(
            on: SmallNetwork.patterns(count: 40, seed: 1))
        let after = try result.graph.stateDictionary.contents
        #expect(after.keys.sorted() == before.keys.sorted())
        for key in before.keys { #expect(after[key] != before[key], "\(key)") }
        #expect(try graph.stateDictionary.contents == before)
    }

    @Test("frozen parameters stay bit for bit")
    func frozen() throws {
        let graph = try SmallNetwork.initialised()
        let before = try graph.stateDictionary.contents
        let names: Set = ["first.weight", "first.bias", "norm.weight"]
        let result = try Trainer(graph, options: options(), frozen: names)
            .train(on: SmallNetwork.patterns(count: 40, seed: 1))
        let after = try result.graph.stateDictionary.contents
        for key in before.keys { #expect((after[key] == before[key]) == names.contains(key), "\(key)") }
        #expect(throws: TrainingError.network("there is no parameter named nothing to freeze")) {
            try Trainer(graph, frozen: ["nothing"])
        }
        #expect(throws: TrainingError.network("it has no parameter to train")) {
            try Trainer(graph, frozen: Set(before.keys))
        }
    }

    @Test("progress tells every batch, with the schedule's rate")
    func progress() throws {
        let options = try options()
        var seen: [TrainingProgress] = []
        _ = try Trainer(SmallNetwork.initialised(), options: options)
            .train(on: SmallNetwork.patterns(count: 40, seed: 1)) { seen.append($0) }
        #expect(seen.map(\.epoch) == [1, 1, 1, 2, 2, 2])
        #expect(seen.map(\.batch) == [1, 2, 3, 1, 2, 3])
        #expect(seen.allSatisfy { $0.epochs == 2 && $0.batches == 3 && $0.imagesPerSecond > 0 })
        for (step, progress) in seen.enumerated() {
            #expect(
                progress.learningRate
                    == options.schedule.rate(peak: options.learningRate, step: step, total: 6))
        }
    }

    @Test("cancelling returns what there is")
    func cancelled() throws {
        let asked = Atomic(0)
        let graph = try SmallNetwork.initialised()
        let trainer = try Trainer(graph, options: options(epochs: 5))
        let images = try SmallNetwork.patterns(count: 40, seed: 1)
        let result = try trainer.train(on: images) { _ in
        } isCancelled: {
            asked.add(1, ordering: .relaxed).newValue > 4
        }
        #expect(result.wasCancelled)
        #expect(result.epochs.count == 1)
        #expect(try result.graph.stateDictionary.contents != graph.stateDictionary.contents)
        let none = try trainer.train(on: images, isCancelled: { true })
        #expect(none.epochs.isEmpty)
        #expect(try none.graph.stateDictionary.contents == graph.stateDictionary.contents)
    }

    @Test("what the caller's progress throws ends the training")
    func progressThrows() throws {
        struct Enough: Error {}
        #expect(throws: Enough.self) {
            try Trainer(SmallNetwork.initialised(), options: options())
                .train(on: SmallNetwork.patterns(count: 40, seed: 1)) { _ in throw Enough() }
        }
    }

    @Test("a single last image is left out, as a batch-norm cannot take it")
    func lastImage() throws {
        var seen = 0
        let trainer = try Trainer(SmallNetwork.initialised(), options: options(epochs: 1))
        _ = try trainer.train(on: SmallNetwork.patterns(count: 33, seed: 1)) { _ in seen += 1 }
        #expect(seen == 2)
    }

    @Test("a loss that is no number names epoch and batch")
    func diverged() throws {
        var options = try options()
        options.learningRate = 1e30
        options.schedule = .constant
        #expect(throws: TrainingError.diverged(epoch: 1, batch: 2, learningRate: 1e30)) {
            try Trainer(SmallNetwork.initialised(), options: options)
                .train(on: SmallNetwork.patterns(count: 40, seed: 1))
        }
    }

    @Test("images that do not fit are refused")
    func datasets() throws {
        let images = try SmallNetwork.patterns(count: 12, seed: 1)
        func expectFailure(_ text: String, _ graph: Graph, _ images: ImageDataset, test: ImageDataset? = nil)
        {
            let error = #expect(throws: DatasetError.self) {
                try Trainer(graph).train(on: images, test: test)
            }
            #expect(error?.description.contains(text) == true, "\(String(describing: error))")
        }
        let small = SmallNetwork()
        try expectFailure(
            "takes images of 1x8x8, those of", small.initialised(inputChannels: 1), images)
        try expectFailure(
            "has 4 outputs per image", small.initialised(classes: 4, inputChannels: 2), images)
        try expectFailure("at least one image", small.initialised(inputChannels: 2), images.prefix(0))
        try expectFailure(
            "at least one image", small.initialised(inputChannels: 2), images, test: images.prefix(0))
        #expect(throws: TrainingError.self) { try Trainer(Graph(name: "empty")) }
    }

    @Test("options out of range are named")
    func invalidOptions() throws {
        func expectFailure(_ text: String, _ change: (inout TrainingOptions) -> Void) throws {
            var options = TrainingOptions()
            change(&options)
            let graph = try SmallNetwork.initialised()
            let error = #expect(throws: TrainingError.self) { try Trainer(graph, options: options) }
            #expect(error?.description.contains(text) == true, "\(String(describing: error))")
        }
        try expectFailure("learning rate must be") { $0.learningRate = -1 }
        try expectFailure("learning rate must be") { $0.learningRate = .infinity }
        try expectFailure("momentum must be in [0, 1), got 1.0") { $0.momentum = 1 }
        try expectFailure("Nesterov") { $0.momentum = 0 }
        try expectFailure("weight decay must be") { $0.weightDecay = .nan }
        try expectFailure("label smoothing must be") { $0.labelSmoothing = 1 }
    }

    @Test("counts below one are named")
    func invalidCounts() throws {
        var options = TrainingOptions()
        options.epochs = 0
        #expect(throws: TrainingError.option("the number of epochs", expected: "in 1...100000", got: "0")) {
            try Trainer(SmallNetwork.initialised(), options: options)
        }
        options.epochs = 1
        options.batchSize = 0
        #expect(throws: TrainingError.self) { try Trainer(SmallNetwork.initialised(), options: options) }
    }
}
