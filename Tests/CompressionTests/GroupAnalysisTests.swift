import AnalysisSupport
import Compression
import Coupling
import Graph
import Importance
import NetworkSupport
import OptimalTransport
import Testing
import Torch

@Suite("Analyses of groups")
struct GroupAnalysisTests {
    private func scorer(_ name: String = "l1") throws -> ImportanceScorer {
        ImportanceScorer(try ImportanceRegistry.criterion(named: name))
    }

    private func network(width: Int = 8) throws -> Graph {
        var sketch = try Sketch(input: [1, 2, 4, 4])
        let first = try sketch.node("Relu", "relu", [sketch.convolution("a", sketch.input, outputs: width)])
        let deep = try sketch.convolution("depth", first, outputs: width, groups: width)
        try sketch.classifier(sketch.convolution("b", deep, outputs: 3))
        return sketch.graph
    }

    /// The group behind convolution a.
    private func analysis(
        _ graph: Graph, _ scorer: ImportanceScorer, _ options: TransportOptions = TransportOptions()
    ) throws -> GroupAnalysis {
        try GroupAnalysis(Coupling(graph).group(1), in: graph, scorer: scorer, options: options)
    }

    @Test(
        "the cost is the distance of normalised features, one over the other",
        arguments: [1, 1.5, 2, Double.infinity])
    func costs(p: Double) throws {
        let graph = try network()
        let analysis = try analysis(graph, scorer(), TransportOptions(p: p))
        let features = try ChannelFeatures(analysis.group, in: graph)
        let rows = (0..<8).map { row in
            let values = features.values[(row * features.columns)..<((row + 1) * features.columns)].map(
                Double.init)
            let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return values.map { $0 / norm }
        }
        func distance(_ i: Int, _ j: Int) -> Double {
            let differences = zip(rows[i], rows[j]).map { abs($0 - $1) }
            if p == .infinity { return differences.max() ?? 0 }
            var sum = 0.0
            for difference in differences { sum += powered(difference, p) }
            return powered(sum, 1 / p)
        }
        let kept = try analysis.kept(Sparsity(0.5))
        let plan = try analysis.transportPlan(to: kept)
        let cost = plan.masses.entries.reduce(0) { $0 + $1.value * distance($1.row, kept[$1.column]) }
        #expect(abs(cost - plan.totalCost) <= 1e-6 * cost)
        // A kept channel goes to itself at no cost.
        for (target, channel) in kept.enumerated() {
            let own = plan.masses.entries.filter { $0.row == channel }
            #expect(own.map(\.column) == [target])
        }
    }

    private func powered(_ base: Double, _ exponent: Double) -> Double {
        // Square roots are enough for the exponents of the test.
        switch exponent {
        case 1: base
        case 1.5: base * base.squareRoot()
        case 2: base * base
        case 0.5: base.squareRoot()
        default: cubeRoot(base * base)
        }
    }

    private func cubeRoot(_ value: Double) -> Double {
        var root = max(value, 1)
        for _ in 0..<200 { root -= (root * root * root - value) / (3 * root * root) }
        return root
    }

    @Test("marginals: uniform, or in proportion to the scores")
    func marginals() throws {
        let graph = try network()
        for (source, target) in [
            (.uniform, .importance), (.importance, .uniform), (.importance, .importance),
            (.uniform, .uniform),
        ] as [(TransportOptions.MarginalKind, TransportOptions.MarginalKind)] {
            let analysis = try analysis(graph, scorer(), TransportOptions(source: source, target: target))
            let kept = try analysis.kept(Sparsity(0.5))
            let plan = try analysis.transportPlan(to: kept)
            func masses(_ scores: [Double], _ kind: TransportOptions.MarginalKind) -> [Double] {
                let sum = scores.reduce(0, +)
                return scores.map { kind == .uniform ? 1 / Double(scores.count) : $0 / sum }
            }
            for (found, expected) in [
                (plan.masses.rowSums, masses(analysis.scores, source)),
                (plan.masses.columnSums, masses(kept.map { analysis.scores[$0] }, target)),
            ] {
                #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-9 }, "\(source), \(target)")
            }
        }
    }

    private func killing(_ channels: Set<Int>, _ graph: Graph) throws -> Graph {
        let group = try Coupling(graph).group(1)
        var result = try graph.zeroing(channels, of: group)
        for member in group.members(.consumer) {
            let old = try #require(result[member.parameter].tensor)
            let mask = (0..<group.width).map { channels.contains($0) ? 0 : 1 as Float }
            let masked = try old.multiplied(by: Tensor(mask, shape: [1, group.width, 1, 1]))
            result = try result.replacing(parameters: [member.parameter: masked])
        }
        return result
    }

    @Test(
        "dead channels never make a weight that is not a number, whatever the rule and the marginals",
        arguments: [[2, 5], [0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5, 6]] as [Set<Int>],
        TransportOptions.MarginalKind.allCases)
    func deadChannels(_ dead: Set<Int>, source: TransportOptions.MarginalKind) throws {
        let graph = try killing(dead, network())
        let rules = try MergeRuleRegistry.names.map(MergeRuleRegistry.rule)
        let input = try Tensor(random: .normal, shape: [3, 2, 4, 4], seed: 1)
        let expected = try graph.logits(input)
        for target in TransportOptions.MarginalKind.allCases {
            let analysis = try analysis(graph, scorer(), TransportOptions(source: source, target: target))
            #expect(dead.allSatisfy { analysis.scores[$0] == 0 })
            for sparsity in [0.25, 0.5, 0.875] {
                let kept = try analysis.kept(Sparsity(sparsity))
                for step in try analysis.steps(kept: kept, rules: rules) {
                    let result = try step.applied(to: graph)
                    for id in result.parameters {
                        let tensor = try result.parameter(result[id].name)
                        #expect(try isFinite(tensor), "\(step.rule), \(result[id].name)")
                    }
                    let outputs = try result.logits(input)
                    #expect(try isFinite(outputs), "\(step.rule) at \(sparsity)")
                    // What is dead is deleted without loss as long as nothing else has to go.
                    if step.rule == "delete", 8 - kept.count <= dead.count {
                        #expect(try relativeDifference(outputs, expected) <= orderTolerance)
                    }
                }
            }
        }
    }

    @Test("a group that is dead altogether: importance has nothing to go by and spreads mass evenly")
    func deadGroup() throws {
        let graph = try killing(Set(0..<8), network())
        let rules = try MergeRuleRegistry.names.map(MergeRuleRegistry.rule)
        let uniform = try analysis(graph, scorer())
        #expect(uniform.scores == [Double](repeating: 0, count: 8))
        let kept = try uniform.kept(Sparsity(0.5))
        #expect(kept == [0, 1, 2, 3])
        for step in try uniform.steps(kept: kept, rules: rules) {
            let result = try step.applied(to: graph)
            let input = try Tensor(random: .normal, shape: [3, 2, 4, 4], seed: 1)
            #expect(try isFinite(result.logits(input)), "\(step.rule)")
        }
        let importance = try analysis(graph, scorer(), TransportOptions(source: .importance))
        #expect(try importance.steps(kept: kept, rules: rules) == uniform.steps(kept: kept, rules: rules))
    }

    @Test("a bias that is not a number is named where a rule looks at it")
    func brokenBias() throws {
        let graph = try network()
        let id = try #require(graph.value(named: "a.bias"))
        let broken = try graph.replacing(parameters: [id: Tensor(repeating: .nan, shape: [8])])
        let analysis = try analysis(broken, scorer())
        let kept = try analysis.kept(Sparsity(0.5))
        let error = #expect(throws: GraphError.self) {
            try analysis.steps(kept: kept, rules: [NormPreservingRule()])
        }
        #expect(error?.description.contains("a.bias") == true)
    }

    @Test("an exponent below 1 is an error", arguments: [0, 0.5, -1, Double.nan])
    func exponent(p: Double) throws {
        let graph = try network()
        #expect(throws: TransportError.self) { try analysis(graph, scorer(), TransportOptions(p: p)) }
    }
}
