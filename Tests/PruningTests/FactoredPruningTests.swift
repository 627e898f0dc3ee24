import Calibration
import Compression
import Datasets
import Graph
import NetworkSupport
import Pruning
import Testing
import Torch

@Suite("Pruning with layers that become two")
struct FactoredPruningTests {
    /// Convolutions of a low rank between activations.
    private func network(normalised: Bool = false) throws -> Graph {
        var sketch = try Sketch(input: [8, 3, 12, 12])
        let first = try sketch.convolution("stem", sketch.input, outputs: 32)
        let stem = try sketch.node(
            "Relu", "stem.r", [normalised ? sketch.normalisation("norm", first) : first])
        let factors = try [[32, 6], [6, 32 * 9]].enumerated().map {
            try Tensor(random: .normal, shape: $1, seed: UInt64($0)).applying(.multiplied(0.12))
        }
        let weight = try factors[0].matrixMultiplied(by: factors[1]).reshaped([32, 32, 3, 3])
        let low = try sketch.node(
            "Conv", "low",
            [stem, sketch.parameter("low.weight", weight), sketch.parameter("low.bias", [32])],
            ["pads": .integers([1, 1, 1, 1])])
        try sketch.classifier(try sketch.node("Relu", "low.r", [low]), classes: 5)
        return sketch.graph
    }

    /// Random inputs.
    private struct Inputs: CalibrationInputs {
        let tensor: Tensor
        let name = "random numbers"
        var count: Int { tensor.shape[0] }

        func contentChecksum() -> String { "0" }
        func requireInputFit(to graph: Graph) {}
        func samples(_ positions: some Collection<Int>) throws -> [Tensor] {
            [try tensor.selecting(axis: 0, Array(positions))]
        }
    }

    private let inputs: Inputs

    init() throws {
        inputs = Inputs(tensor: try Tensor(random: .normal, shape: [64, 3, 12, 12], seed: 9))
    }

    private func options(
        _ layers: LayerForm? = nil, _ source: Calibration.Origin = .images
    ) throws -> PruningOptions {
        PruningOptions(
            budgets: [try Budget(.parameters, limit: 0.55)],
            calibration: try CalibrationRequest(
                source: source, images: 64, checksum: source == .images ? "0" : nil), layers: layers)
    }

    private func result(
        _ graph: Graph, _ layers: LayerForm? = nil, _ source: Calibration.Origin = .images
    ) throws -> PruningResult {
        try Pruner(graph, options: options(layers, source), calibrationImages: inputs).run()
    }

    private func difference(_ graph: Graph, from other: Graph) throws -> Double {
        try relativeDifference(graph.logits(inputs.tensor), other.logits(inputs.tensor))
    }

    @Test("a layer of a low rank becomes two and loses nothing, within the budget")
    func lowRank() throws {
        let graph = try network()
        let result = try result(graph)
        #expect(result.options.layers == .factored)
        #expect(result.factored.map(\.weight) == ["low.weight"])
        let layer = try #require(result.factored.first)
        #expect(layer.outputs == 32 && layer.rank <= 16 && layer.share < 0.6)
        #expect(result.groups.count == 2)
        #expect(Double(result.after.parameters) <= 0.55 * Double(result.before.parameters))
        #expect(result.before == NetworkCost(of: graph) && result.after == NetworkCost(of: result.graph))
        let whole = try self.result(graph, .whole)
        #expect(whole.factored.isEmpty)
        let (mine, other) = (
            try difference(result.graph, from: graph), try difference(whole.graph, from: graph)
        )
        #expect(mine < 0.02 && mine < other / 4, "\(mine) \(other)")
    }

    @Test("a plan makes the same two layers again", arguments: [.images, .inverted] as [Calibration.Origin])
    func plan(source: Calibration.Origin) throws {
        let graph = try network(normalised: source == .inverted)
        let result = try result(graph, nil, source)
        #expect(!result.factored.isEmpty)
        let plan = PruningPlan(
            source: PruningPlan.Source(architecture: "low", file: "a", checksum: "0"),
            options: result.options, bases: result.bases, rounds: result.rounds)
        let read = try PruningPlan(decoding: plan.encoded())
        let again = try read.result(on: graph, calibrationImages: inputs)
        #expect(try again.graph.differences(from: result.graph).isEmpty)
        #expect(again.factored == result.factored && again.before == result.before)
    }

    @Test("layers stay whole where something says which groups lose what")
    func whole() throws {
        let budget = try Budget(.parameters, limit: 0.5)
        #expect(PruningOptions(budgets: [budget]).chosenLayers == .factored)
        for options in [
            PruningOptions(budgets: [try Budget(.multiplyAccumulates, limit: 0.5)]),
            PruningOptions(groups: [1], budgets: [budget]),
            PruningOptions(effort: .minimal, budgets: [budget]),
            PruningOptions(budgets: [budget], steps: 2), PruningOptions(sparsity: try Sparsity(0.5)),
            PruningOptions(budgets: [budget], schedule: try PruningSchedule(parsing: "0.3,0.6")),
            PruningOptions(budgets: [budget], calibration: nil),
        ] { #expect(options.chosenLayers == .whole) }
        #expect(throws: PruningError.self) {
            let pruner = try Pruner(network(), options: options(), calibrationImages: inputs)
            _ = try AgreementSearch(pruner).smallest(keeping: 0.9) { _, _ in }
        }
        #expect(throws: PruningError.self) {
            var options = try options(.factored)
            options.steps = 2
            _ = try Pruner(network(), options: options, calibrationImages: inputs)
        }
    }
}
