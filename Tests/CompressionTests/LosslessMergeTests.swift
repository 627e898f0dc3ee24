import Analysis
import AnalysisSupport
import Checkpoints
import Compression
import Coupling
import Foundation
import Graph
import Importance
import Models
import NetworkSupport
import Testing
import Torch

@Suite("Compression of whole networks of every architecture")
struct LosslessMergeTests {
    private static let scorer = ImportanceScorer(L1Importance(options: ImportanceOptions()))

    /// One of each pair is kept at random, as ranking would keep both copies of the important channels.
    @Test(
        "duplicated channels are merged without loss", arguments: NetworkCase.all,
        ["mean", "norm_preserving"])
    func duplicates(_ network: NetworkCase, rule name: String) throws {
        let seed: UInt64 = 11
        var generator = SplitMixGenerator(seed: seed)
        let graph = try BatchNormFolding.exact.folded(network.network())
        let doubled = try network.doubling(graph)
        let images = try network.images()
        let expected = try graph.logits(images)
        // Rounding adds up over the more than hundred layers of the deepest.
        let isDeep = graph.nodes.filter { $0.type == "Conv" }.count > 100
        #expect(
            try relativeDifference(doubled.logits(images), expected) <= (isDeep ? 3 : 1) * orderTolerance)
        let rule = try MergeRuleRegistry.rule(named: name)
        let merged = try doubled.mappingEveryGroup { group, current in
            let kept = (0..<(group.width / 2)).map { 2 * $0 + Int.random(in: 0...1, using: &generator) }
            let analysis = try GroupAnalysis(group, in: current, scorer: Self.scorer)
            return try analysis.steps(kept: kept, rules: [rule])[0].map
        }
        #expect(
            try relativeDifference(merged.logits(images), expected) <= roundingTolerance, "seed \(seed)")
        // The channels kept their order, so that the very weights must be back.
        for id in graph.parameters {
            let parameter = try merged.parameter(graph[id].name)
            let difference = try relativeDifference(parameter, graph.parameter(graph[id].name))
            #expect(difference <= roundingTolerance, "\(graph[id].name), seed \(seed)")
        }
    }

    @Test(
        "a pruned network that is saved and loaded gives the same outputs to the last bit",
        arguments: NetworkCase.all)
    func reloading(_ network: NetworkCase) throws {
        let graph = try BatchNormFolding.exact.folded(network.network())
        let (plan, pruned) = try CompressionPlan.make(
            for: graph, sparsity: Sparsity(0.4), rule: NormPreservingRule()
        ) { try GroupAnalysis($0, in: $1, scorer: Self.scorer) }
        #expect(try plan.steps.map(\.group) == Coupling(graph).groups.map(\.index))
        #expect(pruned.parameterCount < graph.parameterCount)
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("pruned-\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        try SafetensorsWriter.write(pruned.stateDictionary, to: file)
        let loaded = try network.architecture.load(
            CheckpointFile.load(file).state, imageSize: network.imageSize)
        let images = try network.images()
        #expect(try loaded.logits(images).bytes() == pruned.logits(images).bytes())
        #expect(try Coupling(loaded).groups.map(\.width) == Coupling(pruned).groups.map(\.width))
        #expect(loaded.parameterCount == pruned.parameterCount)
    }
}
