import Analysis
import AnalysisSupport
import Calibration
import Compression
import Graph
import Importance
import NetworkSupport
import Testing
import Torch

@Suite("Batch-norms that come back")
struct BatchNormRestorationTests {
    private static let tolerance = 1e-4

    private func network() throws -> Graph {
        var sketch = try Sketch(input: [8, 3, 6, 6])
        let first = try sketch.normalisation("n1", sketch.convolution("a", sketch.input, outputs: 8))
        let second = try sketch.normalisation(
            "n2", sketch.convolution("b", sketch.node("Relu", "r1", [first]), outputs: 10))
        try sketch.classifier(sketch.node("Relu", "r2", [second]))
        return sketch.graph
    }

    private func batches(from seed: UInt64) throws -> [[Tensor]] {
        try (0..<4).map { [try Tensor(random: .normal, shape: [8, 3, 6, 6], seed: seed + UInt64($0))] }
    }

    private func outputs(_ graph: Graph, _ batch: [Tensor]) throws -> Tensor {
        try #require(try Executor(graph).run(batch).first)
    }

    private func count(_ name: String, in graph: Graph) -> Int {
        graph.nodes.count { $0.op.typeName == name }
    }

    @Test(
        "the network computes the same with them, and they hold the statistics of what they read",
        arguments: [CalibrationRequest.Method.leastSquares, .repair])
    func restored(_ method: CalibrationRequest.Method) throws {
        let network = try AnalysedNetwork(network(), folding: .exact)
        #expect(count("BatchNormalization", in: network.graph) == 0)
        let scorer = ImportanceScorer(L1Importance(options: ImportanceOptions()))
        let plan = try CompressionPlan.make(
            for: network.graph, sparsity: Sparsity(0.5), rule: MergeRuleRegistry.rule(named: "delete")
        ) { try GroupAnalysis($0, in: $1, scorer: scorer) }.plan
        let compressed = try CompressedNetwork(network, by: [plan])
        let batches = try batches(from: 1)
        let calibration = Calibration(images: batches)
        var request = try CalibrationRequest(source: .images, method: method)
        let folded = try request.mended(compressed, on: calibration).graph
        request.keepsBatchNorms = true
        let live = try request.mended(compressed, on: calibration).graph
        #expect(count("BatchNormalization", in: live) == 2 && count("BatchNormalization", in: folded) == 0)
        for batch in try self.batches(from: 50) {
            let (one, other) = (try outputs(folded, batch), try outputs(live, batch))
            let differences = try one.subtracting(other).doubles()
            #expect(differences.allSatisfy { abs($0) < Self.tolerance })
        }
        // Folding them again leads back.
        let again = try BatchNormFolding.exact.folded(live)
        #expect(again.nodeIDs.map { again[$0].op.typeName } == folded.nodeIDs.map { folded[$0].op.typeName })
        for id in live.nodeIDs where live[id].op.typeName == "BatchNormalization" {
            let read = try #require(live[id].inputs[0])
            let values = try Tensor.concatenated(
                batches.map { batch in
                    let tensor = try #require(
                        try Executor(live).compute([read], from: [live.inputs[0]: batch[0]])[read])
                    return try tensor.permuted([0, 2, 3, 1]).reshaped([-1, tensor.shape[1]])
                }, axis: 0)
            let (mean, variance) = (live[id].inputs[3], live[id].inputs[4])
            let found = try values.reduced(.mean, axes: [0])
            let spread = try values.subtracting(found)
            for (statistic, wanted) in [
                (mean, try found.doubles()),
                (variance, try spread.multiplied(by: spread).reduced(.mean, axes: [0]).doubles()),
            ] {
                let held = try #require(statistic.flatMap { live[$0].tensor }).doubles()
                #expect(held.count == wanted.count)
                #expect(zip(held, wanted).allSatisfy { abs($0 - $1) < Self.tolerance * (1 + abs($1)) })
            }
        }
        // The names are those of the original.
        let names = Set(network.original.parameters.map { network.original[$0].name })
        #expect(live.parameters.allSatisfy { names.contains(live[$0].name) })
    }
}
