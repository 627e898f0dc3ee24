import AnalysisSupport
import Compression
import Coupling
import Graph
import Importance
import NetworkSupport
import OptimalTransport
import Testing
import Torch

/// A way to pose and solve the transport.
struct TransportVariant: Sendable, CustomTestStringConvertible {
    let options: TransportOptions

    var testDescription: String {
        "\(options.targets.rawValue) by \(options.clustering), \(options.solver), \(options.cost), "
            + options.costFeatures.rawValue
    }

    /// Every solver with every kind of survivors, and every cost with the exact solver.
    ///
    /// The entropy is weak enough to leave the masses of equal channels together.
    static let all: [TransportVariant] = {
        let targets: [(TransportOptions.Target, String)] = [
            (.mostImportant, "gaussian_mixture"), (.clusterCentroid, "gaussian_mixture"),
            (.clusterCentroid, "kmeans"),
        ]
        let solved = targets.flatMap { target, clustering in
            TransportSolverRegistry.names.map {
                TransportOptions(targets: target, clustering: clustering, solver: $0, epsilon: 0.01)
            }
        }
        let priced = targets.flatMap { target, clustering in
            [
                TransportOptions(p: .infinity, targets: target, clustering: clustering),
                TransportOptions(p: 2.5, targets: target, clustering: clustering, costFeatures: .producers),
                TransportOptions(targets: target, clustering: clustering, cost: "cosine"),
                TransportOptions(
                    p: 2, targets: target, clustering: clustering, costFeatures: .consumers),
            ]
        }
        return (solved + priced).map(TransportVariant.init)
    }()
}

/// A convolution, a rectifier and a convolution that reads it: a network with one group of eight channels.
struct SingleGroup {
    let graph: Graph
    let group: CoupledGroup

    init(_ graph: Graph) throws {
        self.graph = graph
        group = try #require(try Coupling(graph).groups.first { $0.members(.producer)[0].name == "a.weight" })
    }

    /// Random weights.
    init(width: Int = 8) throws {
        var sketch = try Sketch(input: [1, 2, 4, 4])
        let hidden = try sketch.node(
            "Relu", "relu", [sketch.convolution("a", sketch.input, outputs: width)])
        try sketch.classifier(sketch.convolution("b", hidden, outputs: 3))
        try self.init(sketch.graph)
    }

    /// The network whose channel t is channel `channels[t]` of this one, what reads it multiplied by a factor.
    func selecting(_ channels: [Int], factor: Double = 1) throws -> SingleGroup {
        var sketch = try Sketch(input: [1, 2, 4, 4])
        let hidden = try sketch.node(
            "Relu", "relu", [sketch.convolution("a", sketch.input, outputs: channels.count)])
        try sketch.classifier(sketch.convolution("b", hidden, outputs: 3))
        let result = sketch.graph
        var tensors: [ValueID: Tensor] = [:]
        for (name, axis, factor) in [("a.weight", 0, 1), ("a.bias", 0, 1), ("b.weight", 1, factor)] {
            let id = try #require(result.value(named: name))
            tensors[id] = try graph.parameter(name).selecting(axis: axis, channels)
                .applying(.multiplied(factor))
        }
        return try SingleGroup(result.replacing(parameters: tensors))
    }

    /// Prunes by each rule.
    func steps(
        kept: [Int], rules: [String] = MergeRuleRegistry.names, _ options: TransportOptions
    ) throws -> [CompressionStep] {
        try analysis(options).steps(kept: kept, rules: rules.map(MergeRuleRegistry.rule))
    }

    func analysis(_ options: TransportOptions) throws -> GroupAnalysis {
        try GroupAnalysis(
            group, in: graph, scorer: ImportanceScorer(L1Importance(options: .init())), options: options)
    }

    /// Inputs to compare networks on.
    static func input() throws -> Tensor {
        try Tensor(random: .normal, shape: [4, 2, 4, 4], seed: 1)
    }
}
