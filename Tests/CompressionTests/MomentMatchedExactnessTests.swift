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

/// What must hold of maps that go by the moments of batch-norms, up to the ridge.
@Suite("Moment matching is exact where nothing is lost")
struct MomentMatchedExactnessTests {
    private static let scorer = ImportanceScorer(L1Importance(options: ImportanceOptions()))
    private static let networks = ["mlp_bn", "vgg11_bn", "resnet18"].map(NetworkCase.init)
    /// What the ridge and the gain may change, relative to the greatest output.
    private static let ridgeTolerance = 0.03

    private struct Subject {
        let graph: Graph
        let moments: NetworkMoments

        /// A network as it was trained, with its batch-norms folded.
        init(_ trained: Graph) throws {
            graph = try BatchNormFolding.exact.folded(trained)
            moments = try NetworkMoments(batchNormsOf: trained, foldedInto: graph)
        }

        /// Merges every group.
        func merged(_ kept: (CoupledGroup) -> [Int], by rule: any MergeRule) throws -> Graph {
            try graph.mappingEveryGroup { group, current in
                let kept = kept(group)
                let analysis = try GroupAnalysis(
                    group, in: current, scorer: MomentMatchedExactnessTests.scorer, moments: moments)
                // Not by steps, which take a short cut where all channels stay.
                let context = try MergeContext(
                    transport: { try analysis.transport(to: kept) }, group: group,
                    network: current.analysed(knowing: moments), kept: kept)
                let decision = try rule.decision(context)
                #expect(decision.map.consumers.allSatisfy { $0.source == .batchNorm })
                if let chosen = decision.candidates.first(where: \.isChosen) {
                    #expect([.selected, .averaged].contains(chosen.form))
                }
                return decision.map
            }
        }
    }

    @Test("duplicated channels are merged without loss", arguments: networks)
    func duplicates(_ network: NetworkCase) throws {
        var generator = SplitMixGenerator(seed: 7)
        let trained = try network.network()
        let doubled = try Subject(network.doubling(trained))
        let images = try network.images()
        let expected = try doubled.graph.logits(images)
        #expect(try spread(expected) > leastSpread)
        for rule in [MomentMatchedRule(), CompensatedDeletionRule()] as [any MergeRule] {
            let merged = try doubled.merged(
                { group in
                    (0..<(group.width / 2)).map { 2 * $0 + Int.random(in: 0...1, using: &generator) }
                }, by: rule)
            #expect(merged.parameterCount < doubled.graph.parameterCount)
            let difference = try relativeDifference(merged.logits(images), expected)
            #expect(difference <= Self.ridgeTolerance, "\(type(of: rule))")
        }
    }

    @Test("where all channels stay, the outputs do", arguments: networks)
    func identity(_ network: NetworkCase) throws {
        let subject = try Subject(network.network())
        let images = try network.images()
        let merged = try subject.merged({ Array(0..<$0.width) }, by: MomentMatchedRule())
        let difference = try relativeDifference(merged.logits(images), subject.graph.logits(images))
        #expect(difference <= roundingTolerance)
    }

    @Test("channels in another order are merged alike", arguments: networks)
    func permutation(_ network: NetworkCase) throws {
        var generator = SplitMixGenerator(seed: 9)
        let trained = try network.network()
        let coupling = try Coupling(trained)
        var orders: [[MemberReference]: [Int]] = [:]
        var permuted = trained
        for group in coupling.groups {
            let order = Array(0..<group.width).shuffled(using: &generator)
            permuted = try permuted.applying(ChannelMap(permuting: group, order), to: group, of: coupling)
            for reference in group.references { orders[[reference]] = order }
        }
        let images = try network.images()
        let (first, second) = (try Subject(trained), try Subject(permuted))
        func half(_ group: CoupledGroup) -> [Int] { (0..<((group.width + 1) / 2)).map { 2 * $0 } }
        let expected = try first.merged(half, by: MomentMatchedRule()).logits(images)
        let found = try second.merged(
            { group in
                let order = group.references.lazy.compactMap { orders[[$0]] }.first ?? []
                let kept = Set(half(group))
                return order.indices.filter { kept.contains(order[$0]) }
            }, by: MomentMatchedRule()
        ).logits(images)
        #expect(try relativeDifference(found, expected) <= roundingTolerance)
        #expect(try relativeDifference(expected, first.graph.logits(images)) > leastSpread)
    }

    /// A convolution, an activation of two nodes, a depthwise convolution, an activation with slopes, a gate, and what reads
    /// all that; each channel stands there so many times.
    private func mobile(copies: Int) throws -> Graph {
        let width = 6
        var sketch = try Sketch(input: [1, 3, 8, 8])
        func repeated(_ name: String, _ shape: [Int], axis: Int = 0, isRead: Bool = false) throws -> ValueID {
            let base = try Tensor(random: .normal, shape: shape, seed: Sketch.seed(name))
            let positions = (0..<shape[axis]).flatMap { [Int](repeating: $0, count: copies) }
            let copied = try base.selecting(axis: axis, positions)
            return try sketch.parameter(
                name, isRead ? copied.applying(.multiplied(1 / Double(copies))) : copied)
        }
        func normalised(_ name: String, _ value: ValueID) throws -> ValueID {
            let positions = (0..<width).flatMap { [Int](repeating: $0, count: copies) }
            let statistics = try NormalisationStatistics(channels: width, seed: Sketch.seed(name)).tensors
                .map { try sketch.parameter("\(name).\($0.name)", $0.tensor.selecting(axis: 0, positions)) }
            return try sketch.node("BatchNormalization", name, [value] + statistics)
        }
        let pads: Attributes = ["pads": .integers([1, 1, 1, 1])]
        var value = try sketch.node(
            "Conv", "first", [sketch.input, repeated("first.weight", [width, 3, 3, 3])], pads)
        value = try sketch.activation("silu", normalised("first.norm", value))
        var depthwise = pads
        depthwise["group"] = .integer(width * copies)
        value = try sketch.node(
            "Conv", "depthwise", [value, repeated("depthwise.weight", [width, 1, 3, 3])], depthwise)
        value = try sketch.node(
            "PRelu", "active", [normalised("second.norm", value), repeated("slope", [width, 1, 1])])
        value = try sketch.node("Mul", "scaled", [value, repeated("scale", [width, 1, 1])])
        value = try sketch.node(
            "Conv", "last",
            [
                value, repeated("last.weight", [5, width, 1, 1], axis: 1, isRead: true),
                sketch.parameter("last.bias", [5]),
            ])
        try sketch.classifier(value)
        return sketch.graph
    }

    @Test("so are those that pass a depthwise convolution, activations of several nodes, slopes and scales")
    func mobileBlock() throws {
        let (single, doubled) = (try Subject(mobile(copies: 1)), try Subject(mobile(copies: 2)))
        let images = try Tensor(random: .normal, shape: [4, 3, 8, 8], seed: 4)
        let expected = try single.graph.logits(images)
        #expect(try relativeDifference(doubled.graph.logits(images), expected) <= orderTolerance)
        let coupling = try Coupling(doubled.graph)
        let group = try #require(coupling.groups.first { $0.width == 12 })
        let kept = [0, 3, 5, 6, 8, 11]
        let analysis = try GroupAnalysis(
            group, in: doubled.graph, scorer: Self.scorer, moments: doubled.moments)
        for rule in [MomentMatchedRule(), CompensatedDeletionRule()] as [any MergeRule] {
            let step = try analysis.steps(kept: kept, rules: [rule])[0]
            #expect(step.map.consumers.allSatisfy { $0.source == .batchNorm })
            let merged = try doubled.graph.applying(step.map, to: group, of: coupling)
            let difference = try relativeDifference(merged.logits(images), expected)
            #expect(difference <= Self.ridgeTolerance, "\(type(of: rule))")
        }
    }
}
