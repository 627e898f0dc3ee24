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

@Suite("Biases that are added after a product")
struct AddedBiasTests {
    /// Two layers whose biases belong to them, or are added by nodes of their own.
    private func network(added: Bool) throws -> Graph {
        var sketch = try Sketch(input: [64, 6])
        func layer(_ name: String, _ features: ValueID, outputs: Int) throws -> ValueID {
            let inputs = sketch.graph[features].type.shape[1]
            let weight = try sketch.parameter(name + ".weight", [inputs, outputs])
            let bias = try sketch.parameter(name + ".bias", [outputs])
            guard added else { return try sketch.node("Gemm", name, [features, weight, bias]) }
            return try sketch.node(
                "Add", name, [bias, sketch.node("MatMul", name + ".product", [features, weight])])
        }
        let hidden = try sketch.node(
            "Relu", "hidden.relu", [layer("hidden", sketch.input, outputs: 24)])
        sketch.finish([try layer("classifier", hidden, outputs: 5)])
        return sketch.graph
    }

    @Test(
        "they take part in compensation, fits and refinement like a layer's own",
        arguments: [true, false])
    func alike(refines: Bool) throws {
        let input = try Tensor(random: .normal, shape: [64, 6], seed: 99)
        let calibration = Calibration(
            images: try (1...4).map { [try Tensor(random: .normal, shape: [64, 6], seed: $0)] })
        let outputs = try [false, true].map { added in
            let network = try AnalysedNetwork(network(added: added))
            let moments = try MeasuredMoments(on: calibration, of: network).moments(adding: NetworkMoments())
            let scorer = ImportanceScorer(L1Importance(options: ImportanceOptions()))
            let (plan, merged) = try CompressionPlan.make(
                for: network.graph, sparsity: Sparsity(0.5), rule: MomentMatchedRule(), order: .simultaneous,
                moments: moments
            ) { try GroupAnalysis($0, in: $1, scorer: scorer) }
            #expect(plan.steps.flatMap(\.map.consumers).allSatisfy { $0.shift != nil })
            let compressed = try CompressedNetwork(network, by: [plan])
            let (fitted, layers) = try LayerReconstruction(calibration).apply(to: compressed)
            #expect(layers.count == 1)
            guard refines else { return [try merged.logits(input), try fitted.logits(input)] }
            let (refined, report) = try NetworkRefinement(calibration, steps: 20)
                .apply(to: fitted, of: compressed)
            #expect(report.isKept)
            #expect(
                try relativeDifference(
                    refined.parameter("classifier.bias"), fitted.parameter("classifier.bias"))
                    > roundingTolerance)
            return [try refined.logits(input)]
        }
        for (own, added) in zip(outputs[0], outputs[1]) {
            #expect(try relativeDifference(added, own) < orderTolerance)
        }
    }
}
