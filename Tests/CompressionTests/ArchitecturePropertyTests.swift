import Analysis
import AnalysisSupport
import Compression
import Coupling
import Graph
import Importance
import NetworkSupport
import OptimalTransport
import Testing
import Torch

/// What must hold for every group of every architecture, whatever the weights.
@Suite("Properties of channel maps on every architecture")
struct ArchitecturePropertyTests {
    @Test("folding the batch-norms keeps the outputs and leaves none", arguments: NetworkCase.all)
    func folding(_ network: NetworkCase) throws {
        let graph = try network.network()
        let folded = try BatchNormFolding.exact.folded(graph)
        let images = try network.images()
        let expected = try graph.logits(images)
        #expect(try relativeDifference(folded.logits(images), expected) <= roundingTolerance)
        #expect(try spread(expected) > leastSpread)
        #expect(folded.count(of: "BatchNormalization") == 0)
        let count = graph.count(of: "BatchNormalization")
        #expect(folded.nodes.count == graph.nodes.count - count)
        #expect(folded.parameters.allSatisfy { !folded[$0].name.contains("running") })
        if count == 0 { #expect(try folded.differences(from: graph).isEmpty) }
    }

    @Test("the identity map changes no bit of any group", arguments: NetworkCase.all)
    func identity(_ network: NetworkCase) throws {
        let graph = try BatchNormFolding.exact.folded(network.network())
        let coupling = try Coupling(graph)
        var all = graph
        for group in coupling.groups {
            let mapped = try graph.applying(ChannelMap(identityOf: group), to: group, of: coupling)
            #expect(try mapped.differences(from: graph).isEmpty, "group \(group.index)")
            // Nothing was passed through untouched.
            for member in group.members {
                let (old, new) = (graph[member.parameter].tensor, mapped[member.parameter].tensor)
                #expect(try !#require(new).isIdentical(to: #require(old)), "\(member.name)")
            }
            all = try all.applying(ChannelMap(identityOf: group), to: group, of: coupling)
        }
        let images = try network.images()
        #expect(try all.logits(images).bytes() == graph.logits(images).bytes())
    }

    @Test("channels in another order give the same outputs", arguments: NetworkCase.all)
    func permutation(_ network: NetworkCase) throws {
        let seed: UInt64 = 3
        var generator = SplitMixGenerator(seed: seed)
        let graph = try network.network()
        for graph in [graph, try BatchNormFolding.exact.folded(graph)] {
            let coupling = try Coupling(graph)
            var permuted = graph
            for group in coupling.groups {
                var order = Array(0..<group.width).shuffled(using: &generator)
                if order == order.sorted() { order.reverse() }
                let before = permuted
                permuted = try permuted.applying(
                    ChannelMap(permuting: group, order), to: group, of: coupling)
                #expect(try group.width == 1 || !permuted.differences(from: before).isEmpty)
            }
            let images = try network.images()
            let difference = try relativeDifference(permuted.logits(images), graph.logits(images))
            #expect(difference <= orderTolerance, "seed \(seed)")
        }
    }

    @Test("deleting channels is the same as setting them to zero", arguments: NetworkCase.all)
    func deletion(_ network: NetworkCase) throws {
        let seed: UInt64 = 5
        var generator = SplitMixGenerator(seed: seed)
        let graph = try network.network()
        for graph in [graph, try BatchNormFolding.exact.folded(graph)] {
            var zeroed = graph
            let coupling = try Coupling(graph)
            var kept: [[MemberReference]: [Int]] = [:]
            for group in coupling.groups {
                let count = Int.random(in: 0..<group.width, using: &generator)
                let removed = Set((0..<group.width).shuffled(using: &generator).prefix(count))
                kept[group.references] = (0..<group.width).filter { !removed.contains($0) }
                zeroed = try zeroed.zeroing(removed, of: group)
            }
            let deleted = try graph.mappingEveryGroup { group, current in
                let kept = try #require(kept[group.references])
                return try ChannelMap(deletingAllBut: kept, of: group, in: current)
            }
            let images = try network.images()
            let expected = try zeroed.logits(images)
            #expect(
                try relativeDifference(deleted.logits(images), expected) <= orderTolerance, "seed \(seed)")
            #expect(deleted.parameterCount < graph.parameterCount)
            #expect(try relativeDifference(expected, graph.logits(images)) > leastSpread)
        }
    }

    @Test("at sparsity 0 no rule changes a bit", arguments: NetworkCase.all)
    func sparsityZero(_ network: NetworkCase) throws {
        let graph = try BatchNormFolding.exact.folded(network.network())
        let coupling = try Coupling(graph)
        let rules = try MergeRuleRegistry.names.map(MergeRuleRegistry.rule)
        let scorer = ImportanceScorer(L1Importance(options: ImportanceOptions()))
        for group in coupling.groups {
            let analysis = try GroupAnalysis(group, in: graph, scorer: scorer)
            let kept = try analysis.kept(Sparsity(0))
            #expect(kept == Array(0..<group.width))
            for step in try analysis.steps(kept: kept, rules: rules) {
                let result = try graph.applying(step.map, to: group, of: coupling)
                #expect(try result.differences(from: graph).isEmpty, "group \(group.index), \(step.rule)")
            }
        }
    }
}
