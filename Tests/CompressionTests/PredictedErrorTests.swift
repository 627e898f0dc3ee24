import Analysis
import AnalysisSupport
import Compression
import Coupling
import Foundation
import Graph
import NetworkSupport
import OptimalTransport
import Testing
import Torch

/// The oracle is the network itself: inputs are normal, as the moments take them to be, and outputs before and after are
/// compared on many of them.
@Suite("Predicted errors of merges")
struct PredictedErrorTests {
    private static let inputs = 7
    private static let width = 8
    private static let samples = 40_000
    /// In shares of the outputs' variance: expansions end, so that predictions miss up to 0.006, which more samples leave.
    private static let tolerance = 0.01
    /// In shares of the error: what the mean over samples may be off.
    private static let samplingTolerance = 0.02

    /// Two layers around a rectifier, in between a batch-norm whose statistics are those that normal inputs cause.
    private struct Network {
        let graph: Graph
        let moments: NetworkMoments?
        let group: CoupledGroup

        init(seed: UInt64, normalised: Bool) throws {
            var sketch = try Sketch(input: [1, inputs])
            func random(_ salt: UInt64, _ shape: [Int]) throws -> Tensor {
                try Tensor(random: .normal, shape: shape, seed: seed &* 16 &+ salt)
            }
            let weights = try random(0, [width, inputs])
            let bias = try random(1, [width])
            var hidden = try sketch.node(
                "Gemm", "a",
                [
                    sketch.input, sketch.parameter("a.weight", weights), sketch.parameter("a.bias", bias),
                ], ["transB": .integer(1)])
            if normalised {
                let variance = try weights.multiplied(by: weights).reduced(.sum, axes: [1])
                hidden = try sketch.node(
                    "BatchNormalization", "norm",
                    [
                        hidden, sketch.parameter("norm.weight", random(2, [width])),
                        sketch.parameter("norm.bias", random(3, [width])),
                        sketch.parameter("norm.mean", bias), sketch.parameter("norm.variance", variance),
                    ])
            }
            hidden = try sketch.node("Relu", "relu", [hidden])
            sketch.finish([try sketch.linear("b", hidden, outputs: 4)])
            graph = try BatchNormFolding.exact.folded(sketch.graph)
            moments =
                normalised ? try NetworkMoments(batchNormsOf: sketch.graph, foldedInto: graph) : nil
            group = try Coupling(graph).group(0)
        }

        func context(kept: [Int], seed: UInt64) throws -> MergeContext {
            var generator = SplitMixGenerator(seed: seed)
            let values = (0..<(width * kept.count)).map { _ in Double.random(in: 0...1, using: &generator) }
            let plan = try NetworkSimplexSolver().solve(
                TransportProblem(
                    cost: CostMatrix(rows: width, columns: kept.count, values: values),
                    source: .uniform(width), target: .uniform(kept.count)))
            return try MergeContext(group: group, graph: graph, kept: kept, moments: moments) { plan }
        }

        /// The mean squared difference of the outputs after a map, as a share of their variance.
        func measured(_ map: ChannelMap) throws -> Double {
            let images = try Tensor(random: .normal, shape: [samples, inputs], seed: 77)
            let before = try graph.logits(images).converted(to: .float64)
            let after = try graph.applying(map, to: group, of: Coupling(graph)).logits(images)
                .converted(to: .float64)
            let centred = try before.subtracting(
                before.reduced(.sum, axes: [0]).applying(.multiplied(1 / Double(samples))))
            let difference = try before.subtracting(after)
            return try difference.multiplied(by: difference).reduced(.sum, axes: []).scalar()
                / centred.multiplied(by: centred).reduced(.sum, axes: []).scalar()
        }
    }

    private func expect(
        _ candidates: [MergeCandidate], _ form: MergeCandidate.Form, _ map: ChannelMap, _ network: Network
    ) throws {
        let error = try #require(candidates.first { $0.form == form }?.error)
        let measured = try network.measured(map)
        #expect(
            abs(error - measured) <= Self.tolerance + Self.samplingTolerance * measured,
            "\(form): \(error), measured \(measured)")
    }

    @Test("with moments: every form's error is what normal inputs cause, and the choice goes by them")
    func moments() throws {
        var chosen: Set<MergeCandidate.Form> = []
        for seed in 0..<12 as Range<UInt64> {
            let network = try Network(seed: seed, normalised: true)
            let context = try network.context(kept: [0, 2, 3, 6], seed: seed)
            let decision = try MomentMatchedRule().decision(context)
            #expect(decision.candidates.map(\.form) == [.deleted, .selected, .averaged])
            #expect(decision.candidates.allSatisfy { $0.basis == .moments })
            let choice = try #require(decision.candidates.first { $0.isChosen })
            #expect(decision.candidates.count(where: \.isChosen) == 1)
            chosen.insert(choice.form)
            try expect(decision.candidates, .deleted, DeletionRule().channelMap(context), network)
            try expect(decision.candidates, .selected, CompensatedDeletionRule().channelMap(context), network)
            try expect(decision.candidates, choice.form, decision.map, network)
            let errors = decision.candidates.compactMap(\.error)
            #expect((choice.form == .selected) == (errors[1] < 0.8 * errors[2] || errors[0] < errors[2]))
            #expect(try decision.map == MomentMatchedRule().channelMap(context))
        }
        #expect(chosen.isSuperset(of: [.selected, .averaged]))
    }

    @Test("without moments: errors are those that independent inputs cause, and the lesser is taken")
    func weights() throws {
        var chosen: Set<MergeCandidate.Form> = []
        for seed in 0..<12 as Range<UInt64> {
            let network = try Network(seed: seed, normalised: false)
            let context = try network.context(kept: [1, 2, 4, 5, 7], seed: seed)
            let decision = try MomentMatchedRule().decision(context)
            let maps = try [DeletionRule().channelMap(context), NormPreservingRule().channelMap(context)]
            #expect(decision.candidates.map(\.form) == [.deleted, .normPreserving])
            #expect(decision.candidates.allSatisfy { $0.basis == .weights })
            for (candidate, map) in zip(decision.candidates, maps) {
                try expect(decision.candidates, candidate.form, map, network)
                if candidate.isChosen { #expect(decision.map == map) }
            }
            let choice = try #require(decision.candidates.first { $0.isChosen })
            #expect(choice.error == decision.candidates.compactMap(\.error).min())
            chosen.insert(choice.form)
        }
        #expect(chosen.count == 2)
    }

    @Test("where what reads a group cannot be told, errors are unknown and norms are preserved")
    func unknown() throws {
        var sketch = try Sketch(input: [1, 5])
        let hidden = try sketch.node("Softmax", "softmax", [sketch.linear("a", sketch.input, outputs: 6)])
        let other = try sketch.node("Relu", "relu", [sketch.linear("c", sketch.input, outputs: 6)])
        let product = try sketch.node("Mul", "product", [hidden, other])
        sketch.finish([try sketch.linear("b", product, outputs: 3)])
        for group in try Coupling(sketch.graph).groups {
            let cost = try CostMatrix(
                rows: group.width, columns: 2, values: (0..<(group.width * 2)).map { Double($0 % 5) })
            let plan = try NetworkSimplexSolver().solve(
                TransportProblem(cost: cost, source: .uniform(group.width), target: .uniform(2)))
            let context = try MergeContext(group: group, graph: sketch.graph, kept: [0, 1]) { plan }
            let decision = try MomentMatchedRule().decision(context)
            #expect(decision.candidates.allSatisfy { $0.error == nil && $0.basis == nil })
            #expect(try decision.map == NormPreservingRule().channelMap(context))
        }
    }

    @Test("shares weigh each output's variance, kernel positions alike and apart")
    func shares() throws {
        let network = try SingleGroup()
        let member = try #require(network.group.members(.consumer).first)
        let layer = try #require(
            try ConsumerLayer(member, in: AnalysedNetwork(network.graph)))
        let weights = try layer.weights(in: network.graph)
        let (outputs, channels, places) = (weights.shape[0], weights.shape[1], weights.shape[2])
        let values = try weights.doubles()
        let shares = [0.25, 3, 1.5]
        let found = try layer.outputMetric(in: network.graph, shares: shares).doubles()
        func weight(_ output: Int, _ channel: Int, _ place: Int) -> Double {
            values[(output * channels + channel) * places + place]
        }
        for i in 0..<channels {
            for j in 0..<channels {
                var expected = 0.0
                for e in 0..<outputs {
                    for p in 0..<places {
                        for q in 0..<places {
                            expected +=
                                shares[e] * (p == q ? 1 : 0.7) * weight(e, i, p) * weight(e, j, q)
                        }
                    }
                }
                #expect(abs(found[i * channels + j] - expected) < 1e-9 * max(1, abs(expected)))
            }
        }
    }

    @Test("plans keep what was chosen among, and those that do not tell it are still read")
    func stored() throws {
        let network = try Network(seed: 1, normalised: true)
        let decision = try MomentMatchedRule().decision(network.context(kept: [0, 1, 5], seed: 3))
        let step = CompressionStep(
            group: 0, members: network.group.references, rule: "moment_matched", scores: [],
            map: decision.map, candidates: decision.candidates)
        let data = try JSONEncoder().encode(CompressionPlan(steps: [step]))
        let decoded = try JSONDecoder().decode(CompressionPlan.self, from: data)
        #expect(decoded.steps == [step])
        let text = String(decoding: data, as: UTF8.self)
        let pattern = "\"candidates\":\\[[^\\]]*\\],?"
        let range = try #require(text.range(of: pattern, options: .regularExpression))
        let old = text.replacingCharacters(in: range, with: "").replacing(",}", with: "}")
        let older = try JSONDecoder().decode(CompressionPlan.self, from: Data(old.utf8))
        #expect(older.steps[0].candidates == nil && older.steps[0].map == step.map)
    }
}
