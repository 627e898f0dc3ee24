import AnalysisSupport
import Compression
import Coupling
import Graph
import Importance
import NetworkSupport
import OptimalTransport
import Testing
import Torch

@Suite("Merge rules")
struct MergeRuleTests {
    /// Two layers around a rectifier: the smallest network with a group, of six channels.
    private func network(width: Int = 6) throws -> Graph {
        var sketch = try Sketch(input: [1, 5])
        let hidden = try sketch.node("Relu", "relu", [sketch.linear("a", sketch.input, outputs: width)])
        sketch.finish([try sketch.linear("b", hidden, outputs: 3)])
        return sketch.graph
    }

    /// A plan between n sources and m targets that splits masses, found for random costs.
    private func plan(_ n: Int, _ m: Int, seed: UInt64) throws -> TransportPlan {
        var generator = SplitMixGenerator(seed: seed)
        let values = (0..<(n * m)).map { _ in Double.random(in: 0...1, using: &generator) }
        return try NetworkSimplexSolver().solve(
            TransportProblem(
                cost: CostMatrix(rows: n, columns: m, values: values), source: .uniform(n),
                target: .uniform(m)))
    }

    private func map(
        _ rule: String, _ graph: Graph, kept: [Int], _ plan: TransportPlan
    ) throws -> (map: ChannelMap, graph: Graph) {
        let coupling = try Coupling(graph)
        let group = try coupling.group(0)
        let map = try MergeRuleRegistry.rule(named: rule).channelMap(
            MergeContext(group: group, graph: graph, kept: kept) { plan })
        return (map, try graph.applying(map, to: group, of: coupling))
    }

    /// Entries of matrices may differ by this.
    private let tolerance = 1e-11

    /// Weights are rounded to single precision.
    private let weightTolerance = 1e-6

    /// The rules that look at nothing but the weights and the plan.
    private static let weightRules = ["delete", "reference", "mean", "norm_preserving"]

    @Test(
        "the matrices are those of the formulas, and weights become M w and V R",
        arguments: 0..<20 as Range<UInt64>)
    func formulas(seed: UInt64) throws {
        let graph = try network()
        let kept = [0, 2, 3, 5]
        let plan = try plan(6, 4, seed: seed)
        for rule in Self.weightRules {
            let naive = try NaiveMap(rule, kept: kept, plan, graph)
            let (map, result) = try map(rule, graph, kept: kept, plan)
            #expect(map.consumers.map(\.parameter) == ["b.weight"])
            let consumer = try #require(map.consumers.first).matrix.dense()
            #expect(
                largestDifference(map.producer.dense(), naive.producer.joined()) <= tolerance,
                "\(rule) \(seed)")
            #expect(largestDifference(consumer, naive.consumer.joined()) <= tolerance, "\(rule) \(seed)")
            #expect(map.perChannel.rowSums.allSatisfy { abs($0 - 1) <= tolerance }, "\(rule)")
            for (name, values) in try naive.parameters(of: graph) {
                let tensor = try result.parameter(name)
                let expected = try Tensor(values, shape: tensor.shape)
                let difference = try relativeDifference(tensor, expected)
                #expect(difference <= weightTolerance, "\(rule), \(name), seed \(seed)")
            }
        }
    }

    private func largestDifference(_ found: [Double], _ expected: some Sequence<Double>) -> Double {
        let expected = Array(expected)
        guard found.count == expected.count else { return .infinity }
        return zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }

    /// A network whose channel i + 3 is a multiple of channel i, and the plan that merges the two.
    private func multiples(_ factors: [Float]) throws -> (graph: Graph, plan: TransportPlan) {
        let graph = try network()
        var tensors: [ValueID: Tensor] = [:]
        for name in ["a.weight", "a.bias"] {
            let tensor = try graph.parameter(name)
            let id = try #require(graph.value(named: name))
            let half = try tensor.sliced(axis: 0, 0..<3)
            let factor = try Tensor(factors, shape: tensor.rank == 2 ? [3, 1] : [3])
            tensors[id] = try Tensor.concatenated([half, half.multiplied(by: factor)], axis: 0)
        }
        let cost = (0..<6).flatMap { i in (0..<3).map { i % 3 == $0 ? 0.0 : 1 } }
        let plan = try NetworkSimplexSolver().solve(
            TransportProblem(
                cost: CostMatrix(rows: 6, columns: 3, values: cost), source: .uniform(6),
                target: .uniform(3)))
        return (try graph.replacing(parameters: tensors), plan)
    }

    @Test("multiples of a channel are merged exactly by norm_preserving, and not by mean")
    func positiveHomogeneity() throws {
        let (graph, plan) = try multiples([0.25, 3, 7])
        let input = try Tensor(random: .normal, shape: [20, 5], seed: 1)
        let expected = try graph.logits(input)
        for kept in [[0, 1, 2], [3, 4, 5]] {
            let exact = try map("norm_preserving", graph, kept: kept, plan).graph
            #expect(try relativeDifference(exact.logits(input), expected) <= orderTolerance)
            let mean = try map("mean", graph, kept: kept, plan).graph
            #expect(try relativeDifference(mean.logits(input), expected) > leastSpread)
        }
    }

    /// The published rule sums on both sides, so that two identical channels count twice.
    @Test("identical channels: reference doubles their contribution, mean and norm_preserving keep it")
    func identical() throws {
        let (graph, plan) = try multiples([1, 1, 1])
        let input = try Tensor(random: .normal, shape: [20, 5], seed: 1)
        let bias = try graph.parameter("b.bias")
        let contribution = try graph.logits(input).subtracting(bias)
        for (rule, factor) in [("reference", 2.0), ("mean", 1), ("norm_preserving", 1)] {
            let merged = try map(rule, graph, kept: [0, 1, 2], plan).graph
            let found = try merged.logits(input).subtracting(bias)
            let expected = try contribution.applying(.multiplied(factor))
            #expect(try relativeDifference(found, expected) <= orderTolerance, "\(rule)")
        }
    }

    @Test("names: deletion first; an unknown one is an error that lists them")
    func registry() throws {
        #expect(
            MergeRuleRegistry.names == Self.weightRules + [
                "cluster_mean", "delete_moment_matched", "moment_matched",
            ])
        let error = #expect(throws: CompressionError.self) { try MergeRuleRegistry.rule(named: "median") }
        for name in MergeRuleRegistry.names { #expect(error?.description.contains(name) == true) }
    }
}
