import Analysis
import AnalysisSupport
import Compression
import Coupling
import Foundation
import Graph
import Importance
import NetworkSupport
import OptimalTransport
import Testing
import Torch

@Suite("Compression plans")
struct CompressionPlanTests {
    private static let scorer = ImportanceScorer(L2Importance(options: ImportanceOptions()))

    private func plan(
        _ graph: Graph, groups: [Int]? = nil, rule: String = "norm_preserving", sparsity: Double = 0.5
    ) throws -> (plan: CompressionPlan, graph: Graph) {
        try CompressionPlan.make(
            for: graph, groups: groups, sparsity: Sparsity(sparsity),
            rule: MergeRuleRegistry.rule(named: rule)
        ) { try GroupAnalysis($0, in: $1, scorer: Self.scorer) }
    }

    @Test(
        "a plan that was stored and is applied again gives the same parameters",
        arguments: ["vgg11_bn", "resnet18", "torchvision_vgg11", "torchvision_resnext50_32x4d"],
        MergeRuleRegistry.names)
    func roundTrip(name: String, rule: String) throws {
        let network = NetworkCase(name: name)
        let graph = try BatchNormFolding.exact.folded(network.network())
        let (plan, pruned) = try plan(graph, rule: rule)
        let data = try JSONEncoder().encode(plan)
        let decoded = try JSONDecoder().decode(CompressionPlan.self, from: data)
        #expect(decoded == plan)
        #expect(try decoded.applied(to: graph).differences(from: pruned).isEmpty)
        #expect(plan.steps.allSatisfy { $0.rule == rule && $0.scores.count == $0.map.width })
        for (group, step) in zip(try Coupling(graph).groups, plan.steps) {
            #expect(step.group == group.index && step.members == group.references)
            #expect(try step.map.kept.count == Sparsity(0.5).keptWidth(of: group.width))
        }
    }

    @Test("groups are compressed in the order asked for, each on the result of those before")
    func order() throws {
        let graph = try BatchNormFolding.exact.folded(NetworkCase(name: "resnet18").network())
        let (first, _) = try plan(graph, groups: [9, 2])
        #expect(first.steps.map(\.group) == [9, 2])
        let alone = try plan(graph, groups: [2]).plan.steps[0]
        #expect(first.steps[1] == alone, "groups 9 and 2 share no weight")
        let inStream = try plan(graph, groups: [6, 7]).plan.steps[1]
        #expect(try inStream.scores != plan(graph, groups: [7]).plan.steps[0].scores)
    }

    @Test("a plan for another network is refused")
    func otherNetwork() throws {
        func folded(_ name: String) throws -> Graph {
            try BatchNormFolding.exact.folded(NetworkCase(name: name).network())
        }
        let graph = try folded("vgg11_bn")
        let made = try plan(graph).plan
        // Applied already: the groups are narrower.
        let error = #expect(throws: CompressionError.self) { try made.applied(to: made.applied(to: graph)) }
        #expect(error?.description.contains("channels") == true)
        // Another depth, with a group of the same width and a consumer of the same name at the end.
        let first = CompressionPlan(steps: [made.steps[0]])
        let deeper = #expect(throws: CouplingError.self) { try first.applied(to: folded("vgg13_bn")) }
        #expect(
            deeper?.description.contains("features.25") == true
                || deeper?.description.contains("features.31") == true)
        #expect(throws: CouplingError.self) { try made.applied(to: folded("resnet18")) }
        // The batch-norms are members too as long as they are there.
        let unfolded = #expect(throws: CouplingError.self) {
            try made.applied(to: NetworkCase(name: "vgg11_bn").network())
        }
        #expect(unfolded?.description.contains("features.26") == true)
    }

    /// Half of two channels a group is one: the grouped convolution is a depthwise one from then on.
    @Test("a plan goes on where compression changes the wiring, and is refused where a group is gone")
    func changedWiring() throws {
        let graph = try BatchNormFolding.exact.folded(
            NetworkCase(name: "torchvision_resnext101_32x8d").network())
        let coupling = try Coupling(graph)
        let inner = try #require(
            coupling.groups.first { $0.references.contains { $0.parameter == "layer1.0.conv1.weight" } })
        let outer = try #require(
            coupling.groups.first {
                $0.references.contains { $0.parameter == "layer1.0.conv2.weight" && $0.axis == 0 }
            })
        #expect(inner.width == 2 && outer.width == 2)
        #expect(throws: Never.self) { try plan(graph, groups: [outer.index, inner.index]) }
        let error = #expect(throws: CouplingError.self) {
            try plan(graph, groups: [inner.index, outer.index])
        }
        #expect(error?.description.contains("layer1.0.conv") == true)
    }

    @Test("a map that leaves out a consumer or knows one too many is refused")
    func consumers() throws {
        let graph = try BatchNormFolding.exact.folded(NetworkCase(name: "resnet18").network())
        let coupling = try Coupling(graph)
        let group = try coupling.group(3)
        let map = try ChannelMap(identityOf: group)
        let short = try ChannelMap(
            kept: map.kept, producer: map.producer, perChannel: map.perChannel,
            consumers: Array(map.consumers.dropFirst()))
        let error = #expect(throws: CompressionError.self) {
            try graph.applying(short, to: group, of: coupling)
        }
        #expect(error?.description.contains(map.consumers[0].parameter) == true)
        let long = try ChannelMap(
            kept: map.kept, producer: map.producer, perChannel: map.perChannel,
            consumers: map.consumers + [
                ChannelMap.Consumer(parameter: "stranger", axis: 1, matrix: map.consumers[0].matrix)
            ])
        let other = #expect(throws: CompressionError.self) {
            try graph.applying(long, to: group, of: coupling)
        }
        #expect(other?.description.contains("stranger") == true)
    }

    @Test("matrices of other shapes and channels out of order make no map, in files neither")
    func invalidMaps() throws {
        func map(_ kept: [Int], rows: Int, columns: Int, perChannel: (Int, Int)? = nil) throws -> ChannelMap {
            func matrix(_ rows: Int, _ columns: Int) throws -> SparseMatrix {
                try SparseMatrix(rows: rows, columns: columns, entries: [])
            }
            return try ChannelMap(
                kept: kept, producer: matrix(rows, columns),
                perChannel: matrix(perChannel?.0 ?? rows, perChannel?.1 ?? columns), consumers: [])
        }
        #expect(throws: Never.self) { try map([0, 2], rows: 2, columns: 3) }
        for (kept, rows, columns, perChannel) in [
            ([0], 2, 3, nil), ([2, 0], 2, 3, nil), ([1, 1], 2, 3, nil), ([0, 3], 2, 3, nil),
            ([-1, 0], 2, 3, nil), ([0, 2], 2, 3, (3, 2)), ([0, 1, 2], 2, 3, nil),
        ] as [([Int], Int, Int, (Int, Int)?)] {
            #expect(throws: CompressionError.self, "\(kept)") {
                try map(kept, rows: rows, columns: columns, perChannel: perChannel)
            }
        }
        let text = """
            {"kept": [0, 5], "producer": {"rows": 2, "columns": 3, "entries": []},
            "perChannel": {"rows": 2, "columns": 3, "entries": []}, "consumers": []}
            """
        #expect(throws: CompressionError.self) {
            try JSONDecoder().decode(ChannelMap.self, from: Data(text.utf8))
        }
        let good = text.replacingOccurrences(of: "5", with: "2")
        #expect(try JSONDecoder().decode(ChannelMap.self, from: Data(good.utf8)).kept == [0, 2])
    }
}
