import Analysis
import AnalysisSupport
import Calibration
import Compression
import Coupling
import Graph
import Importance
import NetworkSupport
import Testing
import Torch

@Suite("Refining all layers together")
struct NetworkRefinementTests {
    /// A stem, a block whose branch is added to it, and a classifier.
    private func residual() throws -> Graph {
        var sketch = try Sketch(input: [8, 3, 6, 6])
        let stem = try sketch.node(
            "Relu", "r0",
            [sketch.normalisation("n0", sketch.convolution("stem", sketch.input, outputs: 12))])
        let inner = try sketch.node(
            "Relu", "r1", [sketch.normalisation("n1", sketch.convolution("a", stem, outputs: 12))])
        let branch = try sketch.normalisation("n2", sketch.convolution("b", inner, outputs: 12))
        try sketch.classifier(sketch.node("Relu", "r2", [sketch.node("Add", "sum", [stem, branch])]))
        return try BatchNormFolding.exact.folded(sketch.graph)
    }

    private func plain() throws -> Graph {
        var sketch = try Sketch(input: [8, 3, 6, 6])
        let first = try sketch.node(
            "Relu", "r1", [sketch.normalisation("n1", sketch.convolution("a", sketch.input, outputs: 12))])
        let second = try sketch.normalisation("n2", sketch.convolution("b", first, outputs: 12))
        try sketch.classifier(sketch.node("Relu", "r2", [second]))
        return try BatchNormFolding.exact.folded(sketch.graph)
    }

    private func plan(_ graph: Graph, sparsity: Double) throws -> CompressionPlan {
        let scorer = ImportanceScorer(L1Importance(options: ImportanceOptions()))
        return try CompressionPlan.make(
            for: graph, sparsity: Sparsity(sparsity), rule: CompensatedDeletionRule(), order: .simultaneous
        ) { try GroupAnalysis($0, in: $1, scorer: scorer) }.0
    }

    private func calibration(_ count: Int, origin: Calibration.Origin = .images) -> Calibration {
        Calibration(images: count, origin: origin) {
            [try Tensor(random: .normal, shape: [8, 3, 6, 6], seed: UInt64($0 + 1))]
        }
    }

    /// The squared error of the last rectified sum on inputs that were not looked at.
    private func error(_ found: Graph, _ wanted: Graph, _ plan: CompressionPlan) throws -> Double {
        let id = try #require(wanted.value(named: "r2"))
        let group = try #require(
            Coupling(wanted).groups.first { $0.members(.producer).contains { $0.name == "b.weight" } })
        let kept = try #require(plan.steps.first { $0.group == group.index }).map.kept
        return try (0..<4).reduce(0) { sum, index in
            let input = try Tensor(random: .normal, shape: [8, 3, 6, 6], seed: UInt64(index + 900))
            func value(_ graph: Graph) throws -> Tensor {
                try #require(
                    try Executor(graph).compute([id], from: [graph.inputs[0]: input], parameters: [:])[id])
            }
            let difference = try value(found).subtracting(value(wanted).selecting(axis: 1, kept))
            return try sum + difference.multiplied(by: difference).reduced(.sum, axes: []).scalar()
        }
    }

    @Test(
        "what ends the blocks comes nearer to what it was than layers fitted one by one bring it",
        arguments: [true, false])
    func nearer(hasSum: Bool) throws {
        let graph = try hasSum ? residual() : plain()
        let plan = try plan(graph, sparsity: 0.5)
        // Sums count most where inputs are not the network's own.
        let inputs = calibration(24, origin: hasSum ? .photographs : .images)
        let (fitted, _) = try LayerReconstruction(inputs).apply([plan], to: graph)
        let refinement = NetworkRefinement(inputs, steps: 120, seed: 3)
        var shares: [Double] = []
        let (refined, report) = try refinement.apply(to: fitted, madeOf: graph, by: [plan]) {
            shares.append($0)
        }
        #expect(report.isKept && report.errorAfter < report.errorBefore)
        // Up to four rates are tried, each for a tenth of the steps.
        #expect([120, 132, 144, 156].contains(report.steps))
        #expect(shares.count == report.steps && shares == shares.sorted())
        let (before, after) = (try error(fitted, graph, plan), try error(refined, graph, plan))
        #expect(after < before, "\(before) \(after)")
        for id in fitted.parameters {
            #expect(refined[id].tensor?.shape == fitted[id].tensor?.shape)
        }
        let again = try refinement.apply(to: fitted, madeOf: graph, by: [plan]).graph
        #expect(try again.differences(from: refined).isEmpty)
    }

    @Test("a network that does already what it should stays as it was")
    func nothingToGain() throws {
        let graph = try residual()
        let inputs = calibration(4)
        let (refined, report) = try NetworkRefinement(inputs, steps: 3)
            .apply(to: graph, madeOf: graph, by: [CompressionPlan(steps: [])])
        #expect(!report.isKept && report.errorBefore < 1e-9)
        #expect(try refined.differences(from: graph).isEmpty)
    }

    @Test("inputs that do not fit the network are an error")
    func wrongInputs() throws {
        let graph = try residual()
        #expect(throws: CompressionError.self) {
            try NetworkRefinement(Calibration(images: [[]]), steps: 1)
                .apply(to: graph, madeOf: graph, by: [CompressionPlan(steps: [])])
        }
    }
}
