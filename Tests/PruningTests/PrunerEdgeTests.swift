import Calibration
import Compression
import Coupling
import Evaluation
import Graph
import NetworkSupport
import Pruning
import Testing
import Torch

/// What is at the edge of what can be pruned, and what is said about it.
@Suite("Pruning at the edge")
struct PrunerEdgeTests {
    /// Two convolutions and a classifier; the widths can be chosen, and the first convolution's weights.
    private func network(_ widths: [Int], first: ((Tensor) throws -> Tensor)? = nil) throws -> Graph {
        var sketch = try Sketch(input: [1, 2, 5, 5])
        var features = try sketch.convolution("first", sketch.input, outputs: widths[0])
        features = try sketch.node("Relu", "relu", [features])
        features = try sketch.convolution("second", features, outputs: widths[1])
        features = try sketch.node("Relu", "relu2", [features])
        try sketch.classifier(features)
        guard let first, let id = sketch.graph.value(named: "first.weight"),
            let weight = sketch.graph[id].tensor
        else { return sketch.graph }
        return try sketch.graph.replacing(parameters: [id: first(weight)])
    }

    private func pruned(
        _ graph: Graph, _ sparsity: Double = 0.5, rule: String = "moment_matched", importance: String = "l1",
        allocation: String = "uniform", allowsNothing: Bool = false
    ) throws -> PruningResult {
        try Pruner(
            graph,
            options: PruningOptions(
                effort: .minimal, sparsity: Sparsity(sparsity), rule: rule, allocation: allocation,
                scoring: ScoringOptions(importance: importance), allowsNothing: allowsNothing)
        ).run()
    }

    private func error(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test("layers are fitted on made-up inputs where a batch-norm comes after the rectification")
    func lateNormalisation() throws {
        var sketch = try Sketch(input: [2, 3, 8, 8])
        let first = try sketch.node("Relu", "r", [sketch.convolution("a", sketch.input, outputs: 16)])
        let second = try sketch.convolution("b", sketch.normalisation("n", first), outputs: 12)
        try sketch.classifier(sketch.node("Relu", "s", [second]))
        var options = try PruningOptions(
            effort: .quick, sparsity: Sparsity(0.5), rule: "mean", allocation: "uniform")
        options.calibration = try CalibrationRequest(source: .synthetic, images: 32)
        let result = try Pruner(sketch.graph, options: options).run()
        let layer = try #require(
            result.layers.first { $0.layer == "b" }, "\(result.layers.map(\.layer))")
        #expect(layer.errorAfter < layer.errorBefore)
        #expect(result.groups.contains { $0.width == 16 && $0.keptChannels.count == 8 })
    }

    @Test("inputs are made up for scalars and for states whose first axis counts layers")
    func scalarInput() throws {
        var sketch = try Sketch(input: [2, 3, 8, 8])
        try sketch.classifier(
            sketch.node("Relu", "r", [sketch.convolution("a", sketch.input, outputs: 16)]))
        for shape in [[], [3, 2, 5]] {
            var graph = sketch.graph
            try graph.addInput("more", TensorType(shape.isEmpty ? .int64 : .float32, shape))
            let options = try PruningOptions(effort: .quick, budgets: [Budget(.parameters, limit: 0.7)])
            let result = try Pruner(graph, options: options).run()
            #expect(result.after.parameters < result.before.parameters)
        }
    }

    @Test("a network in which nothing is pruned is an error that says why, unless that is allowed")
    func nothing() throws {
        let graph = try network([6, 1])
        let text = error { _ = try pruned(graph, 0) }
        for word in [
            "nothing was pruned", "group 0: it has a single channel",
            "group 1: a sparsity of 0.0 leaves all of its 6 channels", "first.weight", "input",
        ] { #expect(text.contains(word), "\(text)") }
        let allowed = try pruned(graph, 0, allowsNothing: true)
        #expect(allowed.rounds.isEmpty && allowed.before == allowed.after)
        #expect(try allowed.graph.differences(from: graph).isEmpty)
        let few = error { _ = try pruned(graph, 0.1) }
        #expect(few.isEmpty, "0.1 of 6 channels is less than one, but widths are truncated")
        let budget = error {
            _ = try Pruner(
                graph, options: PruningOptions(effort: .minimal, budgets: [Budget(.parameters, limit: 1)])
            ).run()
        }
        #expect(budget.contains("the budgets are kept without it"), "\(budget)")
        let ignored = error {
            _ = try Pruner(
                graph, options: PruningOptions(effort: .minimal, ignored: ["relu*"], sparsity: Sparsity(0.5))
            ).run()
        }
        #expect(ignored.contains("relu* matches relu"), "\(ignored)")
    }

    @Test("a network without groups says so")
    func noGroups() throws {
        var sketch = try Sketch(input: [1, 2, 5, 5])
        try sketch.classifier(sketch.input)
        let text = error { _ = try pruned(sketch.graph) }
        #expect(text.contains("no group") && text.contains("classifier.weight"), "\(text)")
    }

    @Test("a sparsity that would remove everything leaves one channel", arguments: AllocationRegistry.names)
    func everything(allocation: String) throws {
        let result = try Pruner(
            network([6, 5]),
            options: PruningOptions(
                effort: .minimal, sparsity: Sparsity(0.999), allocation: allocation,
                limits: WidthLimits(maximumSparsity: 1))
        ).run()
        #expect(result.groups.map(\.keptChannels.count) == [1, 1])
        #expect(result.groups.allSatisfy { $0.notes == ["one channel is kept, the minimum"] })
        #expect(throws: CompressionError.self) { try pruned(network([6, 5]), 1) }
    }

    @Test(
        "dead channels go first, and equal scores keep the first channels",
        arguments: MergeRuleRegistry.names.filter { $0 != "cluster_mean" })
    func deadAndEqual(rule: String) throws {
        // Channels 0, 2 and 3 make nothing; what reads them keeps weights, so they are not dead by the score of all weights.
        let dead = try network([6, 5]) { weight in
            let mask = try Tensor([0, 1, 0, 0, 1, 1] as [Float], shape: [6, 1, 1, 1])
            return try weight.multiplied(by: mask)
        }
        #expect(try pruned(dead, rule: rule).groups[1].keptChannels == [1, 4, 5])
        for allocation in AllocationRegistry.names {
            let silent = try network([6, 5]) { try $0.applying(.multiplied(0)) }
            #expect(try pruned(silent, rule: rule, allocation: allocation).graph.outputs.count == 1)
        }
        let half = try network(
            [6, 5],
            first: { weight in
                try weight.multiplied(by: Tensor([1, 1, 0, 1, 1, 1] as [Float], shape: [6, 1, 1, 1]))
            })
        let id = try #require(half.value(named: "second.weight"))
        let mask = try Tensor([1, 1, 0, 1, 1, 1] as [Float], shape: [1, 6, 1, 1])
        let without = try half.replacing(parameters: [id: #require(half[id].tensor).multiplied(by: mask)])
        let said = try pruned(without, 0.1, rule: rule).groups[1]
        #expect(said.keptChannels == [0, 1, 3, 4, 5])
        #expect(said.notes == ["1 of its channels are all zero and are pruned first"])
        let equal = try network([4, 4])
        let ones = try equal.replacing(
            parameters: Dictionary(
                uniqueKeysWithValues: equal.parameters.map { id in
                    (id, try Tensor(repeating: 0.5, shape: equal[id].type.shape, type: .float32))
                }))
        let same = try pruned(ones, rule: rule).groups
        #expect(same.allSatisfy { $0.keptChannels == [0, 1] })
        #expect(same.allSatisfy { $0.notes == ["all its channels score the same; the first ones are kept"] })
    }

    @Test("what a criterion cannot score stays whole and says so, unless it was asked for")
    func unscored() throws {
        var sketch = try Sketch(input: [1, 2, 5, 5])
        var features = try sketch.convolution("first", sketch.input, outputs: 6)
        features = try sketch.normalisation("norm", features)
        features = try sketch.node("Relu", "relu", [features])
        features = try sketch.convolution("second", features, outputs: 5)
        features = try sketch.node("Relu", "relu2", [features])
        try sketch.classifier(features)
        for allocation in AllocationRegistry.names {
            let groups = try pruned(sketch.graph, importance: "bn_scale", allocation: allocation).groups
            let bare = try #require(groups.first { $0.producers == ["second.weight"] })
            #expect(bare.keptChannels.count == 5)
            #expect(bare.reason?.contains("no batch-norm before folding") == true, "\(bare.reason ?? "")")
            let other = try #require(groups.first { $0.producers == ["first.weight"] })
            #expect(other.keptChannels.count == 3 && other.reason == nil)
        }
        let half = try Sparsity(0.5)
        for options in [
            try PruningOptions(
                effort: .minimal, groups: [0, 1], sparsity: half,
                scoring: ScoringOptions(importance: "bn_scale")),
            try PruningOptions(
                effort: .minimal, sparsities: [0: half, 1: half],
                scoring: ScoringOptions(importance: "bn_scale")),
        ] {
            let text = error { _ = try Pruner(sketch.graph, options: options).run() }
            #expect(text.contains("bn_scale: group 0") && text.contains("--ignore"), "\(text)")
        }
        let none = error { _ = try pruned(network([6, 5]), importance: "bn_scale") }
        for word in ["nothing was pruned", "group 0: it has no batch-norm", "group 1: it has no batch-norm"] {
            #expect(none.contains(word), "\(none)")
        }
    }

    @Test("scores that are not numbers are an error")
    func notNumbers() throws {
        let broken = try network([6, 5]) { weight in
            var values = try weight.floats()
            values[3] = .nan
            return try Tensor(values, shape: weight.shape)
        }
        for allocation in AllocationRegistry.names {
            let text = error { _ = try pruned(broken, allocation: allocation) }
            #expect(text.contains("first.weight") && text.contains("finite"), "\(text)")
        }
        // Finite weights whose squares' sum is not.
        let huge = try network([6, 5]) { try $0.applying(.multiplied(1e38)) }
        let text = error { _ = try pruned(huge, rule: "reference", importance: "l1") }
        #expect(text.contains("finite"), "\(text)")
    }

    @Test("options that contradict each other are refused")
    func contradictions() throws {
        let graph = try network([6, 5])
        let half = try Sparsity(0.5)
        let budget = try Budget(.parameters, limit: 0.5)
        let cases: [(PruningOptions, String)] = [
            (try PruningOptions(effort: .minimal, sparsity: half, budgets: [budget]), "exclude"),
            (try PruningOptions(effort: .minimal, budgets: [budget, budget]), "two budgets"),
            (try PruningOptions(effort: .minimal, sparsity: half, steps: 0), "steps"),
            (
                try PruningOptions(
                    effort: .minimal, sparsity: half, steps: 3, schedule: .shares([0.1, 0.5])), "2 steps"
            ),
            (try PruningOptions(effort: .minimal, sparsity: half, rule: "average"), "norm_preserving"),
            (try PruningOptions(effort: .minimal, sparsity: half, allocation: "fair"), "sensitivity"),
            (
                try PruningOptions(
                    effort: .minimal, sparsity: half, scoring: ScoringOptions(importance: "l7")), "l_inf"
            ),
            (try PruningOptions(effort: .minimal, sparsities: [7: half]), "7"),
        ]
        for (options, word) in cases {
            let text = error { _ = try Pruner(graph, options: options) }
            #expect(text.contains(word), "\(text)")
        }
        for schedule in ["", "fast", "0.5,0.2", "0.2,1", "0.2,,0.5", "nan", "-0.1,0.5"] {
            #expect(throws: PruningError.self, "\(schedule)") { try PruningSchedule(parsing: schedule) }
        }
        let shares = try PruningSchedule(parsing: "0.1,0.3,0.6")
        #expect(abs(shares.sparsity(0.3, step: 1, of: 3) - 0.05) < 1e-12)
        #expect(abs(PruningSchedule.geometric.sparsity(0.75, step: 1, of: 2) - 0.5) < 1e-12)
        #expect(abs(PruningSchedule.geometric.share(0.25, step: 1, of: 2) - 0.5) < 1e-12)
        #expect(PruningSchedule.linear.sparsity(0.6, step: 3, of: 3) == 0.6)
    }

    @Test("a budget out of reach names the least that can be reached")
    func unreachable() throws {
        let graph = try network([6, 5])
        for quantity in [Budget.Quantity.parameters, .multiplyAccumulates, .latency] {
            let text = error {
                _ = try Pruner(
                    graph, options: PruningOptions(effort: .minimal, budgets: [Budget(quantity, limit: 1e-4)])
                ).run()
            }
            #expect(text.contains("cannot be reached") && text.contains(quantity.rawValue), "\(text)")
        }
    }

    @Test("a latency that any network keeps is measured and kept")
    func latency() throws {
        let wide = try network([96, 96])
        let meter = try LatencyMeter(wide, options: LatencyMeter.Options(batchSize: 64))
        let own = try meter.times(of: wide)
        #expect(own.base.median > 0 && own.other.median > 0)
        let options = try PruningOptions(
            effort: .minimal, budgets: [Budget(.latency, limit: 0.8)], rule: "delete", latencyBatchSize: 64)
        // Other work on the machine can make the wide network seem fast: one quiet moment has to do.
        var kept: PruningResult?
        for _ in 0..<8 where kept == nil { kept = try? Pruner(wide, options: options).run() }
        let result = try #require(kept)
        #expect(result.outcomes[0].reached <= 0.8 && result.after.parameters < result.before.parameters)
        #expect(throws: EvaluationError.self) {
            try LatencyMeter(wide, options: LatencyMeter.Options(batchSize: 0))
        }
    }
}
