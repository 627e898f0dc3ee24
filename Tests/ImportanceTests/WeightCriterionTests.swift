import Analysis
import AnalysisSupport
import Compression
import Coupling
import Graph
import Importance
import NetworkSupport
import Testing
import Torch

@Suite("Criteria that compare channels with each other, and batch-norm scales")
struct WeightCriterionTests {
    /// Distances are within 1e-6 of exact ones.
    private static let distanceTolerance = 2e-6

    @Test("lamp divides by the sum over all channels that are no weaker")
    func lamp() throws {
        let network = try ScoredNetwork()
        let criterion = try ImportanceRegistry.criterion(named: "lamp")
        let scores = try ImportanceScorer(criterion, normaliser: .none).scores(network.context)
        let squares = try network.slices().map { member in
            member.map { slice in slice.reduce(0.0) { $0 + Double($1) * Double($1) } }
        }
        let strengths = (0..<4).map { channel in squares.reduce(0) { $0 + $1[channel] } / 3 }
        let expected = strengths.map { strength in
            strength / strengths.filter { $0 >= strength }.reduce(0, +)
        }
        #expect(difference(scores, expected) <= scoreTolerance)
        #expect(scores.max() == 1)
        #expect(
            scores.indices.sorted { scores[$0] < scores[$1] }
                == strengths.indices.sorted { strengths[$0] < strengths[$1] })
        // By hand, with equals and zeros.
        #expect(criterion.channelScores([1, 4, 0, 4, 1]) == [0.1, 0.5, 0, 0.5, 0.1])
        #expect(criterion.channelScores([0, 0]) == [0, 0])
        #expect(criterion.channelScores([7]) == [1])
        #expect(criterion.channelScores([]) == [])
    }

    @Test("fpgm sums the distances to all others, by loops, on signed weights")
    func fpgm() throws {
        let network = try ScoredNetwork()
        let criterion = try ImportanceRegistry.criterion(named: "fpgm")
        let scores = try criterion.memberScores(network.context)
        let slices = try network.slices()
        try #require(scores.count == slices.count)
        for (found, member) in zip(scores, slices) {
            let expected = member.map { mine in
                member.reduce(0.0) { sum, other in
                    let squares = zip(mine, other).reduce(0.0) { partial, pair in
                        let gap = Double(pair.0) - Double(pair.1)
                        return partial + gap * gap
                    }
                    return sum + squares.squareRoot()
                }
            }
            #expect(difference(found, expected) <= Self.distanceTolerance, "\(found), expected \(expected)")
        }
        let absolute = try network.replacing("a.weight") { $0.magnitude }
        #expect(difference(try criterion.memberScores(absolute.context)[0], scores[0]) > 1e-3)
    }

    @Test(
        "bn_scale finds every group's scales by name, before and after folding",
        arguments: ["vgg11_bn", "resnet18", "torchvision_resnet50"])
    func scales(name: String) throws {
        let graph = try NetworkCase(name: name).network()
        let folded = try BatchNormFolding.exact.folded(graph)
        #expect(!folded.nodes.contains { $0.type == "BatchNormalization" })
        let criterion = BatchNormScaleImportance(options: ImportanceOptions())
        for group in try Coupling(folded).groups {
            let expected = try group.members(.producer).compactMap { member -> [Double]? in
                guard let scale = Self.scale(behind: member.name, in: graph) else { return nil }
                return try graph.parameter(scale).doubles().map(\.magnitude)
            }
            func scores(_ network: Graph, original: Graph?) throws -> [[Double]] {
                let mine = try Coupling(network).group(group.index)
                return try criterion.memberScores(
                    ImportanceContext(
                        group: mine, graph: network, features: ChannelFeatures(mine, in: network),
                        statistics: NetworkStatistics(
                            network: original.map { try AnalysedNetwork($0, folding: .exact) })))
            }
            let found = try scores(folded, original: graph)
            #expect(!found.isEmpty && found.count == expected.count)
            #expect(Set(found) == Set(expected), "group \(group.index)")
            #expect(try scores(graph, original: nil) == found)
            let error = #expect(throws: ImportanceError.self) { try scores(folded, original: nil) }
            for word in ["bn_scale", "group \(group.index)", "batch-norm"] {
                #expect(error?.description.contains(word) == true, "\(word)")
            }
        }
    }

    /// The scale of the batch-norm that reads a weight's node.
    private static func scale(behind weight: String, in graph: Graph) -> String? {
        guard let id = graph.value(named: weight),
            let node = graph.nodes.first(where: { $0.inputs.contains(id) })
        else { return nil }
        let reader = graph.nodes.first { $0.inputs.first == node.outputs[0] }
        return reader?.type == "BatchNormalization" ? reader?.inputs[1].map { graph[$0].name } : nil
    }

    @Test("bn_scale refuses a network whose group has another width")
    func otherWidth() throws {
        let graph = try NetworkCase(name: "vgg11_bn").network()
        let folded = try BatchNormFolding.exact.folded(graph)
        let (_, small) = try CompressionPlan.make(
            for: folded, groups: [1], sparsity: Sparsity(0.5), rule: DeletionRule()
        ) { group, graph in
            try GroupAnalysis(group, in: graph, scorer: ImportanceScorer(L1Importance(options: .init())))
        }
        func scores(_ index: Int) throws -> [Double] {
            let group = try Coupling(small).group(index)
            let scorer = try ImportanceRegistry.scorer(
                named: "bn_scale", network: AnalysedNetwork(graph, folding: .exact))
            return try scorer.scores(of: group, in: small, features: ChannelFeatures(group, in: small))
        }
        let error = #expect(throws: ImportanceError.self) { try scores(1) }
        #expect(error?.description.contains("group 1") == true)
        // Groups that are still as wide as they were have their scales.
        #expect(try scores(2).count == Coupling(folded).group(2).width)
    }
}
