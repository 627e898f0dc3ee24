import Analysis
import AnalysisSupport
import Compression
import Coupling
import Experiments
import Foundation
import Graph
import Importance
import Models
import Testing
import Torch

@Suite("Sweep")
struct SweepTests {
    private func options(_ change: (inout SweepOptions) -> Void = { _ in }) throws -> SweepOptions {
        var options = try SweepOptions(
            sparsities: [0.25, 0.5, 0.75].map { try Sparsity($0) },
            rules: ["reference", "mean", "norm_preserving"])
        options.batchSize = 16
        change(&options)
        return options
    }

    @Test("every accuracy is that of the network pruned by hand and run alone")
    func values() throws {
        let network = try TrainedNetwork()
        let sweep = try Sweep(of: network.graph, on: network.data, options: options())
        let result = try sweep.run { _ in true }
        #expect(result.isComplete && result.samples == 90 && result.availableSamples == 90)
        #expect(result.rules == ["delete", "reference", "mean", "norm_preserving"])
        let dense = try network.accuracy(of: network.graph)
        #expect(dense > 0.8)
        #expect(result.denseAccuracy == dense)
        let folded = try BatchNormFolding.exact.folded(network.graph)
        let coupling = try Coupling(folded)
        #expect(result.rows.map(\.group) == coupling.groups.flatMap { [$0.index, $0.index, $0.index] })
        var seen: Set<Double> = []
        for row in result.rows {
            let group = try coupling.group(row.group)
            let scorer = ImportanceScorer(L1Importance(options: ImportanceOptions()))
            let analysis = try GroupAnalysis(group, in: folded, scorer: scorer)
            let kept = try analysis.kept(Sparsity(row.sparsity))
            #expect(row.channels == group.width && row.kept == kept.count && row.seconds > 0)
            let rules = try result.rules.map(MergeRuleRegistry.rule)
            for (name, step) in zip(result.rules, try analysis.steps(kept: kept, rules: rules)) {
                let pruned = try folded.applying(step.map, to: group, of: coupling)
                let accuracy = try network.accuracy(of: pruned)
                #expect(row.accuracy[name] == accuracy, "group \(row.group), \(row.sparsity), \(name)")
                seen.insert(accuracy)
            }
        }
        #expect(seen.count > 3)
    }

    @Test("groups, sparsities and rules asked for twice count once, in the order asked for")
    func order() throws {
        let network = try TrainedNetwork()
        let sweep = try Sweep(
            of: network.graph, on: network.data,
            options: options {
                $0.groups = [1, 0, 1]
                $0.sparsities = [$0.sparsities[1], $0.sparsities[0], $0.sparsities[1]]
                $0.rules = ["mean", "delete", "mean"]
            })
        #expect(sweep.options.groups == [1, 0])
        #expect(sweep.options.rules == ["delete", "mean"])
        let result = try sweep.run { _ in true }
        #expect(result.rows.map(\.group) == [1, 1, 0, 0])
        #expect(result.rows.map(\.sparsity) == [0.5, 0.25, 0.5, 0.25])
        #expect(result.rules == ["delete", "mean"] && result.isComplete)
    }

    @Test("sparsity 0 changes nothing, whatever the rule")
    func nothing() throws {
        let network = try TrainedNetwork()
        let none = try Sparsity(0)
        let result = try Sweep(
            of: network.graph, on: network.data, options: options { $0.sparsities = [none] }
        ).run { _ in true }
        for row in result.rows {
            #expect(row.kept == row.channels)
            #expect(row.accuracy.count == 4 && row.accuracy.values.allSatisfy { $0 == result.denseAccuracy })
        }
    }

    @Test("every network is reported once, as wide as its row says, and the progress never goes back")
    func events() throws {
        let network = try TrainedNetwork()
        var networks: [(group: Int, sparsity: Double, rule: String, width: Int)] = []
        var stages: [String: [Double]] = [:]
        let result = try Sweep(of: network.graph, on: network.data, options: options()).run { event in
            switch event {
            case .progress(let stage, let fraction): stages[stage, default: []].append(fraction)
            case .network(let graph, let group, let sparsity, let rule):
                let width = try Coupling(graph).group(group).width
                networks.append((group, sparsity, rule, width))
            }
            return true
        }
        let expected = result.rows.flatMap { row in
            result.rules.map { (row.group, row.sparsity, $0, row.kept) }
        }
        #expect(networks.count == expected.count)
        #expect(zip(networks, expected).allSatisfy { $0 == $1 })
        #expect(Set(stages.keys) == ["pruning", "evaluating"])
        for fractions in stages.values {
            #expect(zip(fractions, fractions.dropFirst()).allSatisfy { $0 <= $1 })
            #expect(fractions.allSatisfy { (0...1).contains($0) })
            #expect(fractions.last.map { $0 > 0.99 } == true)
        }
    }

    @Test("a sweep that is stopped returns whole rows only, and one that fails throws what the report threw")
    func stopping() throws {
        let network = try TrainedNetwork()
        let sweep = try Sweep(of: network.graph, on: network.data, options: options())
        let whole = try sweep.run { _ in true }
        var events = 0
        _ = try sweep.run { _ in
            events += 1
            return true
        }
        for limit in 1...events {
            var count = 0
            let result = try sweep.run { _ in
                count += 1
                return count < limit
            }
            #expect(count == limit)
            #expect(result.rows.allSatisfy { $0.accuracy.count == 4 })
            for row in result.rows {
                #expect(whole.rows.contains { $0.group == row.group && $0.accuracy == row.accuracy })
            }
            #expect(result.isComplete == (result.rows.count == whole.rows.count))
        }
        struct Refusal: Error {}
        for limit in [1, events / 2, events] {
            var count = 0
            #expect(throws: Refusal.self) {
                try sweep.run { _ in
                    count += 1
                    if count == limit { throw Refusal() }
                    return true
                }
            }
        }
    }

    @Test("what does not exist, other data and counts below 1 are refused before anything runs")
    func invalid() throws {
        let graph = try SmallNetwork.initialised()
        let data = try SmallNetwork.images()
        let changes: [(inout SweepOptions) -> Void] = [
            { $0.groups = [2] }, { $0.groups = [-1] }, { $0.groups = [] }, { $0.rules = ["average"] },
            { $0.rules = [] }, { $0.importance = "l7" }, { $0.sparsities = [] }, { $0.samples = 0 },
            { $0.batchSize = 0 },
        ]
        for (index, change) in changes.enumerated() {
            let options = try options(change)
            #expect(throws: (any Error).self, "change \(index)") {
                try Sweep(of: graph, on: data, options: options)
            }
        }
        let wide = try SmallNetwork().initialised(inputChannels: 3, seed: 1)
        let asked = try options()
        #expect(throws: (any Error).self) { try Sweep(of: wide, on: data, options: asked) }
    }

    @Test("a seed decides what random scores keep, and results survive a round trip through JSON")
    func seeds() throws {
        let network = try TrainedNetwork()
        func rows(_ seed: UInt64) throws -> [[String: Double]] {
            let result = try Sweep(
                of: network.graph, on: network.data,
                options: options {
                    $0.importance = "random"
                    $0.seed = seed
                }
            ).run { _ in true }
            let again = try JSONDecoder().decode(SweepResult.self, from: JSONEncoder().encode(result))
            #expect(again == result)
            return result.rows.map(\.accuracy)
        }
        #expect(try rows(1) == rows(1))
        #expect(try (2..<8).contains { try rows($0) != rows(1) })
    }
}
