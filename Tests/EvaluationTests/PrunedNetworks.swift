import Analysis
import AnalysisSupport
import Compression
import Coupling
import Datasets
import Evaluation
import Graph
import Importance
import Models
import NetworkSupport
import Testing
import Torch

/// A narrow network without batch-norms, networks pruned from it, and labelled noise that it classifies fairly well.
struct PrunedNetworks {
    let base: Graph
    let variants: [EvaluationVariant]
    let data: ImageDataset

    static let names = ["vgg11_bn", "resnet18", "torchvision_resnext50_32x4d"]

    init(_ name: String, count: Int = 70, groups: [Int]? = nil) throws {
        let network = NetworkCase(name: name)
        let graph = try BatchNormFolding.exact.folded(network.network())
        let coupling = try Coupling(graph)
        let scorer = ImportanceScorer(L1Importance(options: ImportanceOptions()))
        let rules = try ["delete", "reference", "mean"].map(MergeRuleRegistry.rule)
        base = graph
        let indices = groups ?? [0, 1, coupling.groups.count / 2, coupling.groups.count - 1]
        variants = try indices.flatMap { index in
            let group = try coupling.group(index)
            let analysis = try GroupAnalysis(group, in: graph, scorer: scorer)
            return try [0.25, 0.6].flatMap { sparsity in
                let kept = try analysis.kept(Sparsity(sparsity))
                return try analysis.steps(kept: kept, rules: rules).map { step in
                    EvaluationVariant(
                        try graph.applying(step.map, to: group, of: coupling), map: step.map, of: group)
                }
            }
        }
        data = try Self.images(network, graph, count: count)
    }

    /// Noise, two thirds of which has the label that the network gives it.
    private static func images(_ network: NetworkCase, _ graph: Graph, count: Int) throws -> ImageDataset {
        var generator = SplitMixGenerator(seed: 17)
        let size = try ImageSize(
            channels: 3, height: network.imageSize.height, width: network.imageSize.width)
        let pixels = (0..<(count * size.count)).map { _ in UInt8.random(in: 0...255, using: &generator) }
        func dataset(_ labels: [Int]) throws -> ImageDataset {
            try ImageDataset(
                name: "noise", split: .test, classNames: (0..<10).map(String.init), imageSize: size,
                normalisation: .imageNet, labels: labels, pixels: pixels)
        }
        let unlabelled = try dataset([Int](repeating: 0, count: count))
        let predictions = try predictions(of: graph, on: unlabelled)
        return try dataset(predictions.enumerated().map { $0 % 3 == 0 ? ($1 + 1 + $0 / 3) % 10 : $1 })
    }

    /// The class of each image, one image at a time, by a loop over the logits.
    static func predictions(of graph: Graph, on data: ImageDataset) throws -> [Int] {
        let executor = try Executor(graph)
        return try (0..<data.count).map { index in
            let logits = try #require(try executor.run([data.batch([index]).images]).first).floats()
            var best = 0
            for candidate in logits.indices where logits[candidate] > logits[best] { best = candidate }
            return best
        }
    }

    /// The accuracy of a network on the first samples, one image at a time.
    func naive(_ graph: Graph, count: Int? = nil) throws -> Accuracy {
        let part = try data.prefix(count ?? data.count)
        let correct = try zip(Self.predictions(of: graph, on: part), part.labels).count { $0 == $1 }
        return Accuracy(correct: correct, total: part.count)
    }
}

/// What an evaluation reported.
struct EvaluationLog {
    var base: Accuracy?
    var variants: [Int: Accuracy] = [:]
    var order: [Int] = []
    var progress: [Double] = []

    mutating func note(_ event: AccuracyEvaluator.Event) {
        switch event {
        case .base(let accuracy): base = accuracy
        case .variant(let index, let accuracy):
            variants[index] = accuracy
            order.append(index)
        case .progress(let fraction): progress.append(fraction)
        }
    }
}
