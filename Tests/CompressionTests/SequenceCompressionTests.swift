import AnalysisSupport
import Compression
import Coupling
import Graph
import NetworkSupport
import Testing
import Torch

/// What must hold for every group of networks with attention, normalisation in groups, shuffles and recurrence.
@Suite("Properties of channel maps on networks of sequences")
struct SequenceCompressionTests {
    /// A network by name.
    enum Subject: String, Sendable, CaseIterable {
        case fused, split, grouped, shuffled, groupNorm, spelledOutGroupNorm, lstm, gru, centredNorm, rootNorm

        func network() throws -> Graph {
            switch self {
            case .fused: try Sketch.transformer(.fused)
            case .split: try Sketch.transformer(.split)
            case .grouped: try Sketch.transformer(.grouped)
            case .shuffled: try Sketch.shuffled()
            case .groupNorm: try Sketch.groupNormalised(spelledOut: false)
            case .spelledOutGroupNorm: try Sketch.groupNormalised(spelledOut: true)
            case .lstm: try Sketch.recurrent("LSTM", gates: 4)
            case .centredNorm: try Sketch.spelledOut(centres: true)
            case .rootNorm: try Sketch.spelledOut(centres: false)
            case .gru: try Sketch.recurrent("GRU", gates: 3)
            }
        }
    }

    private func image(_ graph: Graph) throws -> Tensor {
        try Tensor(random: .normal, shape: graph[graph.inputs[0]].type.shape, seed: 5)
    }

    @Test("channels in another order give the same outputs", arguments: Subject.allCases)
    func permutation(_ subject: Subject) throws {
        let seed: UInt64 = 3
        var generator = SplitMixGenerator(seed: seed)
        let graph = try subject.network()
        let (image, groups) = (try image(graph), try Coupling(graph).groups)
        let expected = try graph.logits(image)
        #expect(!groups.isEmpty)
        for group in groups {
            var order = Array(0..<group.width).shuffled(using: &generator)
            if order == order.sorted() { order.reverse() }
            let coupling = try Coupling(graph)
            let permuted = try graph.applying(
                ChannelMap(permuting: group, order), to: group, of: coupling)
            #expect(try !permuted.differences(from: graph).isEmpty)
            #expect(
                try relativeDifference(permuted.logits(image), expected) <= roundingTolerance,
                "group \(group.references)")
        }
    }

    @Test("a deleted channel is one that is zero", arguments: Subject.allCases)
    func deletion(_ subject: Subject) throws {
        let graph = try subject.network()
        let (image, coupling) = (try image(graph), try Coupling(graph))
        let original = try graph.logits(image)
        var count = 0
        for group in coupling.groups {
            // Statistics over the channels of a stream or of a group are other ones without some of them.
            if group.members.contains(where: { $0.name.contains("norm") && $0.axis == 0 }),
                subject != .spelledOutGroupNorm
            {
                continue
            }
            count += 1
            let kept = Array(0..<group.width).filter { $0 != 1 }
            let map = try ChannelMap(deletingAllBut: kept, of: group, in: graph)
            let smaller = try graph.applying(map, to: group, of: coupling)
            let zeroed = try graph.zeroing([1], of: group)
            let expected = try zeroed.logits(image)
            #expect(
                try relativeDifference(smaller.logits(image), expected) <= roundingTolerance,
                "group \(group.references)")
            #expect(try relativeDifference(expected, original) > roundingTolerance)
            #expect(smaller.parameterCount < graph.parameterCount)
        }
        #expect(count > 0)
    }
}
