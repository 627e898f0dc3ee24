import Analysis
import AnalysisSupport
import Calibration
import Compression
import Coupling
import Graph
import Importance
import NetworkSupport
import OptimalTransport
import Testing
import Torch

@Suite("Fitting layers with regard to what follows them")
struct LayerJunctionTests {
    /// Two residual blocks; the second sum is averaged over the map without being rectified.
    private func residual() throws -> Graph {
        var sketch = try Sketch(input: [8, 3, 6, 6])
        var stream = try sketch.node(
            "Relu", "stem.relu", [sketch.convolution("stem", sketch.input, outputs: 8)])
        for block in ["x", "y"] {
            let inner = try sketch.node(
                "Relu", block + ".relu", [sketch.convolution(block + "1", stream, outputs: 12)])
            let branch = try sketch.convolution(block + "2", inner, outputs: 8)
            let sum = try sketch.node("Add", block + ".sum", [branch, stream])
            stream = block == "x" ? try sketch.node("Relu", "x.out", [sum]) : sum
        }
        try sketch.classifier(stream)
        return sketch.graph
    }

    private func compressed(_ graph: Graph) throws -> CompressionPlan {
        let scorer = ImportanceScorer(L1Importance(options: ImportanceOptions()))
        return try CompressionPlan.make(
            for: graph, sparsity: Sparsity(0.4), rule: MergeRuleRegistry.rule(named: "delete"),
            order: .simultaneous
        ) { try GroupAnalysis($0, in: $1, scorer: scorer) }.0
    }

    private func values(_ graph: Graph, _ name: String, _ inputs: [[Tensor]]) throws -> Tensor {
        let executor = try Executor(graph)
        let id = try #require(graph.value(named: name))
        return try .concatenated(
            inputs.map {
                try #require(
                    try executor.compute([id], from: [graph.inputs[0]: $0[0]], parameters: [:])[id])
            }, axis: 0
        ).converted(to: .float64)
    }

    @Test("the last layer of a block makes up for what is wrong with its shortcut")
    func residualSum() throws {
        let graph = try residual()
        let inputs = try (0..<12).map {
            [try Tensor(random: .normal, shape: [8, 3, 6, 6], seed: UInt64($0 + 1))]
        }
        let plan = try compressed(graph)
        let (small, _) = try LayerReconstruction(Calibration(images: inputs)).apply([plan], to: graph)
        let group = try #require(
            Coupling(graph).groups.first { $0.members(.producer).contains { $0.name == "stem.weight" } })
        let step = try #require(plan.steps.first { $0.group == group.index })
        func meanErrors(_ name: String) throws -> [Double] {
            let wanted = try values(graph, name, inputs).selecting(axis: 1, step.map.kept)
            return try wanted.subtracting(values(small, name, inputs)).reduced(.mean, axes: [0, 2, 3])
                .doubles().map(\.magnitude)
        }
        let (shortcut, sum) = (try meanErrors("x.out"), try meanErrors("y.sum"))
        // Its bias gives the sum its mean, whatever the shortcut's is.
        let spread = try #require(shortcut.max())
        #expect(spread > 1e-3, "\(shortcut)")
        for error in sum { #expect(error < 0.02 * spread, "\(sum) \(shortcut)") }
    }

    @Test("negative sums that stay negative cost nothing: the error behind the rectification is smaller")
    func rectified() throws {
        let (count, fanIn, outputs) = (2_000, 6, 4)
        let rows = try Tensor(random: .normal, shape: [count, fanIn], seed: 1)
        let hidden = try Tensor(random: .normal, shape: [count, fanIn], seed: 2)
        let beside = try Tensor(random: .normal, shape: [count, outputs], seed: 3).converted(to: .float64)
        let mixing = try Tensor(random: .normal, shape: [outputs, fanIn], seed: 4)
        // What is missing among the rows moves the targets where these are negative anyway.
        let wanted = try rows.linear(weight: mixing, bias: nil)
            .adding(hidden.linear(weight: mixing, bias: nil).applying(.relu).applying(.negated))
            .converted(to: .float64)
        let prior = try Tensor(repeating: 0, shape: [outputs, fanIn], type: .float64)
        let bias = try Tensor(repeating: 0, shape: [outputs], type: .float64)
        func solution(isRectified: Bool) throws -> LayerFit.Solution {
            var fit = try LayerFit(fanIn: fanIn, outputs: outputs)
            try fit.add(rows, wanted, rectifiedBeside: isRectified ? beside : nil)
            return try fit.solution(priors: [prior], bias: bias, ridges: [1e-3])
        }
        func error(_ solution: LayerFit.Solution) throws -> Double {
            let reached = try rows.converted(to: .float64).linear(
                weight: solution.weight, bias: solution.bias)
            let difference = try reached.adding(beside).applying(.relu)
                .subtracting(wanted.adding(beside).applying(.relu))
            return try difference.multiplied(by: difference).reduced(.mean, axes: []).scalar()
        }
        let (plain, rectified) = (try solution(isRectified: false), try solution(isRectified: true))
        #expect(try error(rectified) < 0.95 * error(plain))
        #expect(rectified.errorAfter < rectified.errorBefore)
    }

    @Test("a shortcut's layer is fitted before the layer that has more weights")
    func order() throws {
        var sketch = try Sketch(input: [2, 3, 6, 6])
        let inner = try sketch.node("Relu", "r", [sketch.convolution("main1", sketch.input, outputs: 4)])
        let main = try sketch.convolution("main2", inner, outputs: 5)
        let shortcut = try sketch.convolution("shortcut", sketch.input, outputs: 5, kernel: 1)
        try sketch.classifier(sketch.node("Add", "sum", [main, shortcut]))
        let graph = sketch.graph
        let names = try AnalysedNetwork(graph).fittingOrder().map { graph[$0].name }
        #expect(Set(names) == Set(graph.nodes.map(\.name)) && names.count == graph.nodes.count)
        let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        #expect(places["shortcut", default: 0] < places["main2", default: 0])
        for id in graph.nodeIDs {
            for case .node(let source) in graph[id].inputs.compactMap({ $0.map { graph[$0].origin } }) {
                #expect(places[graph[source].name, default: 0] < places[graph[id].name, default: 0])
            }
        }
    }
}
