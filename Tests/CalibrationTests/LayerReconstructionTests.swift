import Analysis
import AnalysisSupport
import Calibration
import Compression
import Coupling
import Graph
import Importance
import NetworkSupport
import OptimalTransport
import Testing
import Torch

@Suite("Fitting layers on calibration inputs")
struct LayerReconstructionTests {
    private func network() throws -> Graph {
        var sketch = try Sketch(input: [8, 3, 6, 6])
        let first = try sketch.normalisation("n1", sketch.convolution("a", sketch.input, outputs: 8))
        let second = try sketch.normalisation(
            "n2", sketch.convolution("b", sketch.node("Relu", "r1", [first]), outputs: 10))
        try sketch.classifier(sketch.node("Relu", "r2", [second]))
        return sketch.graph
    }

    private func plan(_ graph: Graph, rule: any MergeRule, sparsity: Double) throws -> (
        CompressionPlan, Graph
    ) {
        let scorer = ImportanceScorer(L1Importance(options: ImportanceOptions()))
        return try CompressionPlan.make(
            for: graph, sparsity: Sparsity(sparsity), rule: rule, order: .simultaneous
        ) { try GroupAnalysis($0, in: $1, scorer: scorer) }
    }

    private func error(_ found: Graph, _ wanted: Graph, seed: UInt64 = 77) throws -> Double {
        let input = try Tensor(random: .normal, shape: [8, 3, 6, 6], seed: seed)
        let (a, b) = (
            try found.logits(input).converted(to: .float64), try wanted.logits(input).converted(to: .float64)
        )
        let difference = try a.subtracting(b)
        let centred = try b.subtracting(b.reduced(.mean, axes: [0], keepingAxes: true))
        return try difference.multiplied(by: difference).reduced(.sum, axes: []).scalar()
            / centred.multiplied(by: centred).reduced(.sum, axes: []).scalar()
    }

    private func batches(_ count: Int) throws -> [[Tensor]] {
        try (0..<count).map { [try Tensor(random: .normal, shape: [8, 3, 6, 6], seed: UInt64($0 + 1))] }
    }

    @Test(
        "outputs on held-out inputs come much nearer to the original's",
        arguments: ["delete", "norm_preserving", "reference"], CompressionOrder.allCases)
    func nearer(rule: String, order: CompressionOrder) throws {
        let graph = try BatchNormFolding.exact.folded(network())
        let (plan, small) = try plan(graph, rule: MergeRuleRegistry.rule(named: rule), sparsity: 0.4)
        let (fitted, layers) = try LayerReconstruction(Calibration(images: batches(12))).apply(
            [plan], to: graph)
        #expect(layers.map(\.layer) == ["b", "classifier"])
        #expect(layers.allSatisfy { $0.errorAfter <= $0.errorBefore })
        let (before, after) = (try error(small, graph), try error(fitted, graph))
        #expect(after < 0.5 * before, "\(before) \(after)")
        #expect(try fitted.parameter("a.weight").shape == small.parameter("a.weight").shape)
    }

    @Test("what deleting copies of channels broke is mended to the last digits")
    func copies() throws {
        var graph = try BatchNormFolding.exact.folded(network())
        var tensors: [ValueID: Tensor] = [:]
        for name in ["a.weight", "a.bias"] {
            let id = try #require(graph.value(named: name))
            let half = try graph.parameter(name).sliced(axis: 0, 0..<4)
            tensors[id] = try .concatenated([half, half], axis: 0)
        }
        graph = try graph.replacing(parameters: tensors)
        let coupling = try Coupling(graph)
        let group = try #require(coupling.groups.first { $0.width == 8 })
        let selection = try ChannelMap.selection([0, 1, 2, 3], of: 8)
        let map = try ChannelMap(
            kept: [0, 1, 2, 3], producer: selection, perChannel: selection,
            consumers: group.members(.consumer).map {
                ChannelMap.Consumer(parameter: $0.name, axis: $0.axis, matrix: selection.transposed)
            })
        let plan = CompressionPlan(steps: [
            CompressionStep(
                group: group.index, members: group.references, rule: "delete",
                scores: Array(repeating: 1, count: 8),
                map: map)
        ])
        let broken = try plan.applied(to: graph)
        #expect(try error(broken, graph) > 0.05)
        let options = ReconstructionOptions(ridges: [1e-7])
        let (fitted, _) = try LayerReconstruction(Calibration(images: batches(12)), options: options)
            .apply([plan], to: graph)
        #expect(try error(fitted, graph) < 1e-6)
        // Half the way is half of every weight's, and none leaves the network as it is.
        func fit(_ share: Double) throws -> Graph {
            try LayerReconstruction(
                Calibration(images: batches(12)), options: ReconstructionOptions(ridges: [1e-7], share: share)
            ).apply([plan], to: graph).0
        }
        let (half, none) = (try fit(0.5), try fit(0))
        for id in broken.parameters where broken[id].tensor?.type.isFloatingPoint == true {
            let values = try [broken, fitted, half, none].map { try #require($0[id].tensor).doubles() }
            #expect(values[3] == values[0])
            for (place, value) in values[2].enumerated() {
                #expect(abs(value - (values[0][place] + values[1][place]) / 2) < 1e-5)
            }
        }
    }

    @Test("synthetic inputs get the moments that batch-norms tell, whatever the inputs are")
    func anchors() throws {
        let original = try network()
        let graph = try BatchNormFolding.exact.folded(original)
        let moments = try NetworkMoments(batchNormsOf: original, foldedInto: graph)
        let inputs = try batches(4).map { [try $0[0].applying(.multiplied(3)).applying(.adding(5))] }
        let walk = try CalibrationWalk(AnalysedNetwork(graph), Calibration(images: inputs))
        let anchors = try #require(ActivationAnchors(AnalysedNetwork(graph), moments))
        var anchored = 0
        for id in graph.nodeIDs {
            walk.pass(id)
            let output = graph[id].outputs[0]
            guard let channels = moments.channels[graph[output].name] else { continue }
            anchored += 1
            let raw = try #require(try walk.statistics(of: output, axis: 1)[.original])
            #expect(zip(raw.mean, channels.mean).contains { abs($0 - $1) > 0.1 })
            let anchor = try #require(anchors.anchor(after: id, found: raw))
            walk.change(output, of: .original, by: anchor)
            let found = try (0..<4).map { try walk.value(output, batch: $0) }
            let all = try Tensor.concatenated(found, axis: 0).converted(to: .float64)
            let mean = try all.reduced(.mean, axes: [0, 2, 3], keepingAxes: true)
            let centred = try all.subtracting(mean)
            let deviation = try centred.multiplied(by: centred).reduced(.mean, axes: [0, 2, 3])
                .applying(.squareRoot).doubles()
            for (a, b) in zip(try mean.doubles() + deviation, channels.mean + channels.deviation) {
                #expect(abs(a - b) < 1e-3 * max(1, abs(b)), "\(graph[output].name)")
            }
        }
        #expect(anchored == 2)
        // The same inputs on a larger scale are the same after the first anchored layer.
        let (plan, _) = try plan(graph, rule: DeletionRule(), sparsity: 0.4)
        let plain = try LayerReconstruction(Calibration(synthetic: batches(4), moments: moments))
            .apply([plan], to: graph).graph
        let scaled = try LayerReconstruction(
            Calibration(synthetic: batches(4).map { [try $0[0].applying(.multiplied(3))] }, moments: moments)
        ).apply([plan], to: graph).graph
        #expect(try relativeDifference(plain.parameter("b.weight"), scaled.parameter("b.weight")) < 1e-2)
    }

    @Test("measured moments are those of the activations")
    func measured() throws {
        let graph = try BatchNormFolding.exact.folded(network())
        let moments = try MeasuredMoments(
            on: Calibration(images: batches(6)), of: AnalysedNetwork(graph)
        ).moments(adding: NetworkMoments(batchNormsOf: graph, foldedInto: graph))
        #expect(moments.isMeasured)
        let group = try #require(try Coupling(graph).groups.first { $0.width == 8 })
        let found = try #require(moments.measured(group, readBy: group.members(.consumer)[0]))
        let id = try #require(graph.value(named: "r1"))
        var rows: [Tensor] = []
        for batch in try batches(6) {
            let value = try #require(try Executor(graph).compute([id], from: [graph.inputs[0]: batch[0]])[id])
            rows.append(try value.permuted([0, 2, 3, 1]).reshaped([-1, 8]))
        }
        let all = try Tensor.concatenated(rows, axis: 0).converted(to: .float64)
        let mean = try all.reduced(.mean, axes: [0])
        let centred = try all.subtracting(mean)
        let covariance = try centred.transposed().matrixMultiplied(by: centred)
            .applying(.multiplied(1 / Double(all.shape[0])))
        #expect(try relativeDifference(found.mean, mean) < 1e-6)
        #expect(try relativeDifference(found.covariance, covariance) < 1e-6)
    }

    @Test("a layer that reads always the same stays as it is, but for its bias")
    func constant() throws {
        let graph = try BatchNormFolding.exact.folded(network())
        let input = try Tensor(repeating: 0, shape: [8, 3, 6, 6], type: .float32)
        let calibration = Calibration(images: [[input], [input]])
        for rule: any MergeRule in [DeletionRule(), MomentMatchedRule()] {
            let (plan, small) = try plan(graph, rule: rule, sparsity: 0.4)
            let (fitted, layers) = try LayerReconstruction(calibration).apply([plan], to: graph)
            #expect(layers.allSatisfy { (0...1e-6).contains($0.errorAfter) }, "\(layers)")
            let found = try fitted.logits(input)
            #expect(try relativeDifference(found, graph.logits(input)) < orderTolerance)
            // Unlike what the convolution reads beside its padding, what the classifier reads is the same everywhere.
            let weights = try [fitted, small].map { try $0.parameter("classifier.weight") }
            #expect(try relativeDifference(weights[0], weights[1]) < roundingTolerance)
        }
        // Measured moments without any variance must do for the rules that use them.
        let moments = try MeasuredMoments(on: calibration, of: AnalysedNetwork(graph))
            .moments(adding: NetworkMoments(batchNormsOf: network(), foldedInto: graph))
        let scorer = ImportanceScorer(L1Importance(options: ImportanceOptions()))
        let (_, small) = try CompressionPlan.make(
            for: graph, sparsity: Sparsity(0.4), rule: MomentMatchedRule(), order: .simultaneous,
            moments: moments
        ) { try GroupAnalysis($0, in: $1, scorer: scorer) }
        #expect(try small.logits(input).isFinite())
    }

    @Test("numbers whose squares are none are an error that names the layer")
    func overflow() throws {
        let graph = try BatchNormFolding.exact.folded(network())
        let (plan, _) = try plan(graph, rule: DeletionRule(), sparsity: 0.4)
        let input = try Tensor(random: .normal, shape: [8, 3, 6, 6], seed: 1).applying(.multiplied(1e30))
        let error = #expect(throws: CompressionError.self) {
            try LayerReconstruction(Calibration(images: [[input]])).apply([plan], to: graph)
        }
        #expect(error?.message.hasPrefix("cannot fit b: ") == true, "\(error?.message ?? "")")
    }

    @Test("batches that do not fit the network are an error")
    func unfit() throws {
        let graph = try BatchNormFolding.exact.folded(network())
        let (plan, _) = try plan(graph, rule: DeletionRule(), sparsity: 0.4)
        #expect(throws: CompressionError.self) {
            try LayerReconstruction(Calibration(images: [[]])).apply([plan], to: graph)
        }
        #expect(throws: GraphError.self) {
            try LayerReconstruction(
                Calibration(images: [[Tensor(random: .normal, shape: [2, 4, 6, 6], seed: 1)]])
            )
            .apply([plan], to: graph)
        }
    }
}
