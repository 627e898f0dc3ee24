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

@Suite("Repair of statistics")
struct StatisticsRepairTests {
    private static let tolerance = 2e-4

    private func network() throws -> Graph {
        var sketch = try Sketch(input: [8, 3, 6, 6])
        let first = try sketch.normalisation("n1", sketch.convolution("a", sketch.input, outputs: 8))
        let second = try sketch.normalisation(
            "n2", sketch.convolution("b", sketch.node("Relu", "r1", [first]), outputs: 10))
        try sketch.classifier(sketch.node("Relu", "r2", [second]))
        return try BatchNormFolding.exact.folded(sketch.graph)
    }

    private func batches(_ count: Int = 4, from seed: UInt64 = 1) throws -> [[Tensor]] {
        try (0..<count).map {
            [try Tensor(random: .normal, shape: [8, 3, 6, 6], seed: seed + UInt64($0))]
        }
    }

    private func plan(_ graph: Graph, rule: String, order: CompressionOrder = .simultaneous) throws
        -> CompressionPlan
    {
        let scorer = ImportanceScorer(L1Importance(options: ImportanceOptions()))
        return try CompressionPlan.make(
            for: graph, sparsity: Sparsity(0.5), rule: MergeRuleRegistry.rule(named: rule), order: order
        ) { try GroupAnalysis($0, in: $1, scorer: scorer) }.plan
    }

    /// The mean and the deviation of each channel of a value over all batches and positions.
    private func moments(_ value: String, of graph: Graph, _ batches: [[Tensor]]) throws -> (
        mean: [Double], deviation: [Double]
    ) {
        let id = try #require(graph.value(named: value))
        let parts = try batches.map { batch in
            let tensor = try #require(
                try Executor(graph).compute([id], from: [graph.inputs[0]: batch[0]])[id])
            let order = (0..<tensor.rank).filter { $0 != 1 } + [1]
            return try tensor.permuted(order).reshaped([-1, tensor.shape[1]]).converted(to: .float64)
        }
        let all = try Tensor.concatenated(parts, axis: 0)
        let mean = try all.reduced(.mean, axes: [0])
        let centred = try all.subtracting(mean)
        let variance = try centred.multiplied(by: centred).reduced(.mean, axes: [0])
        return (try mean.doubles(), try variance.applying(.squareRoot).doubles())
    }

    @Test(
        "every layer's channels have the mean and the deviation that the merged original ones have",
        arguments: ["delete", "reference", "mean", "norm_preserving"], CompressionOrder.allCases)
    func statistics(rule: String, order: CompressionOrder) throws {
        let graph = try network()
        let batches = try batches()
        let plan = try plan(graph, rule: rule, order: order)
        let (result, layers) = try StatisticsRepair(Calibration(images: batches)).apply([plan], to: graph)
        #expect(
            layers.map(\.layer) == ["a", "b", "classifier"])
        let coupling = try Coupling(graph)
        for (value, parameter) in [("n1", "a.weight"), ("n2", "b.weight"), ("classifier", nil)]
            as [(String, String?)]
        {
            let name = graph.value(named: value) == nil ? String(parameter?.prefix(1) ?? "") : value
            var wanted = try moments(name, of: graph, batches)
            let found = try moments(name, of: result, batches)
            if let parameter {
                let group = try #require(
                    coupling.groups.first {
                        $0.references.contains { $0.parameter == parameter && $0.role == .producer }
                    })
                let step = try #require(plan.steps.first { Set($0.members) == Set(group.references) })
                var (mean, deviation) = (found.mean.map { _ in 0.0 }, found.mean.map { _ in 0.0 })
                for entry in step.map.producer.entries {
                    mean[entry.row] += entry.value * wanted.mean[entry.column]
                    deviation[entry.row] += abs(entry.value) * wanted.deviation[entry.column]
                }
                wanted = (mean, deviation)
            }
            for (a, b) in zip(found.mean + found.deviation, wanted.mean + wanted.deviation) {
                #expect(abs(a - b) < Self.tolerance * max(1, abs(b)), "\(rule) \(name)")
            }
        }
        // It was not so before.
        let before = try moments("classifier", of: plan.applied(to: graph), batches)
        let original = try moments("classifier", of: graph, batches)
        #expect(zip(before.mean, original.mean).contains { abs($0 - $1) > 0.01 * max(1, abs($1)) })
    }

    @Test("outputs on other inputs come nearer to the original's")
    func nearer() throws {
        let graph = try network()
        let plan = try plan(graph, rule: "reference")
        let result = try StatisticsRepair(Calibration(images: batches(8))).apply([plan], to: graph).graph
        let input = try Tensor(random: .normal, shape: [32, 3, 6, 6], seed: 99)
        let wanted = try graph.logits(input)
        let before = try relativeDifference(plan.applied(to: graph).logits(input), wanted)
        let after = try relativeDifference(result.logits(input), wanted)
        #expect(after < 0.7 * before, "\(before) \(after)")
    }

    @Test("a merge that loses nothing is left as it is")
    func exact() throws {
        var graph = try network()
        var tensors: [ValueID: Tensor] = [:]
        for name in ["a.weight", "a.bias"] {
            let id = try #require(graph.value(named: name))
            let half = try graph.parameter(name).sliced(axis: 0, 0..<4)
            tensors[id] = try .concatenated([half, half], axis: 0)
        }
        graph = try graph.replacing(parameters: tensors)
        let group = try #require(try Coupling(graph).groups.first { $0.width == 8 })
        let averaging = try SparseMatrix(
            rows: 4, columns: 8,
            entries: (0..<4).flatMap { row in
                [row, row + 4].map { .init(row: row, column: $0, value: 0.5) }
            })
        let summing = try SparseMatrix(
            rows: 8, columns: 4, entries: (0..<8).map { .init(row: $0, column: $0 % 4, value: 1) })
        let map = try ChannelMap(
            kept: [0, 1, 2, 3], producer: averaging, perChannel: averaging,
            consumers: group.members(.consumer).map {
                ChannelMap.Consumer(parameter: $0.name, axis: $0.axis, matrix: summing)
            })
        let plan = CompressionPlan(steps: [
            CompressionStep(
                group: group.index, members: group.references, rule: "mean",
                scores: Array(repeating: 1, count: 8), map: map)
        ])
        let (result, layers) = try StatisticsRepair(Calibration(images: batches())).apply([plan], to: graph)
        #expect(layers.count == 3)
        #expect(layers.allSatisfy { abs($0.deviationRatio - 1) < 1e-4 && $0.meanError < 1e-4 })
        let input = try Tensor(random: .normal, shape: [8, 3, 6, 6], seed: 99)
        #expect(try relativeDifference(result.logits(input), graph.logits(input)) < 1e-4)
    }

    @Test("a batch-norm that stays, and a sum with a stored vector behind a product, are repaired too")
    func otherPlaces() throws {
        var sketch = try Sketch(input: [8, 3, 6, 6])
        let first = try sketch.node("Relu", "r1", [sketch.convolution("a", sketch.input, outputs: 8)])
        let normalised = try sketch.normalisation("n", first)
        let pooled = try sketch.node(
            "Flatten", "flatten", [sketch.node("GlobalAveragePool", "pool", [normalised])])
        let product = try sketch.node("MatMul", "product", [pooled, sketch.parameter("m.weight", [8, 6])])
        let sum = try sketch.node("Add", "sum", [sketch.parameter("m.bias", [6]), product])
        sketch.finish([try sketch.linear("classifier", sketch.node("Relu", "r2", [sum]), outputs: 3)])
        let graph = sketch.graph
        let plan = try plan(graph, rule: "mean")
        let batches = try batches()
        let (result, layers) = try StatisticsRepair(Calibration(images: batches)).apply([plan], to: graph)
        #expect(layers.map(\.layer) == ["a", "n", "sum", "classifier"])
        let (found, wanted) = (
            try moments("classifier", of: result, batches), try moments("classifier", of: graph, batches)
        )
        for (a, b) in zip(found.mean + found.deviation, wanted.mean + wanted.deviation) {
            #expect(abs(a - b) < Self.tolerance * max(1, abs(b)))
        }
    }
}
