import Analysis
import Calibration
import Compression
import Coupling
import Datasets
import Graph
import NetworkSupport
import Pruning
import Testing
import Torch

@Suite("Channels that go without loss")
struct SpareChannelTests {
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
    /// The channels of the first layer: four constant, twenty own, four dead and four doubled ones.
    private let width = 32

    init() throws {
        inputs = Inputs(tensor: try Tensor(random: .normal, shape: [64, 3, 10, 10], seed: 3))
    }

    /// The number of channels that say nothing new to a kernel of a size: constants do where it reaches beyond the border.
    private func spare(readBy kernel: Int) -> Int { kernel == 1 ? 12 : 8 }

    private func network(kernel: Int = 1) throws -> Graph {
        var sketch = try Sketch(input: [8, 3, 10, 10])
        let weight = try Tensor(random: .normal, shape: [20, 3, 3, 3], seed: 5)
        let nothing = try Tensor(repeating: 0, shape: [4, 3, 3, 3])
        let doubled = try weight.sliced(axis: 0, 2..<6).applying(.multiplied(2))
        let bias = (0..<width).map { $0 < 4 ? Float($0 + 1) / 4 : 0 }
        let first = try sketch.node(
            "Conv", "a",
            [
                sketch.input,
                sketch.parameter("a.weight", .concatenated([nothing, weight, nothing, doubled], axis: 0)),
                sketch.parameter("a.bias", Tensor(bias, shape: [width])),
            ], ["pads": .integers([1, 1, 1, 1])])
        let read = try sketch.parameter(
            "b.weight",
            Tensor(random: .normal, shape: [24, width, kernel, kernel], seed: 6)
                .applying(.multiplied(0.2 / Double(kernel))))
        let second = try sketch.node(
            "Conv", "b", [sketch.node("Relu", "r", [first]), read, sketch.parameter("b.bias", [24])],
            ["pads": .integers([Int](repeating: kernel / 2, count: 4))])
        try sketch.classifier(sketch.node("Relu", "t", [second]), classes: 5)
        return sketch.graph
    }

    private func result(limit: Double, multiple: Int = 1, kernel: Int = 1) throws -> PruningResult {
        let options = PruningOptions(
            effort: .quick, budgets: [try Budget(.multiplyAccumulates, limit: limit)],
            limits: try WidthLimits(multiple: multiple),
            calibration: try CalibrationRequest(source: .images, images: 64, checksum: "0"))
        return try Pruner(network(kernel: kernel), options: options, calibrationImages: inputs).run()
    }

    @Test(
        "dead, constant and doubled channels go at any setting, are counted, and no output changes",
        arguments: [1, 3])
    func all(readBy kernel: Int) throws {
        let graph = try network(kernel: kernel)
        let result = try result(limit: 1, kernel: kernel)
        let spare = spare(readBy: kernel)
        let found = try #require(result.spare)
        #expect(found.channels == spare)
        #expect(found.parameters > 0.1 && found.parameters < 0.6)
        #expect(found.multiplyAccumulates > 0.1 && found.multiplyAccumulates < 0.6)
        let first = try #require(result.groups.first { $0.width == width })
        #expect(first.keptChannels.count == width - spare)
        #expect(first.notes.contains("\(spare) of its channels can go without loss"))
        #expect(result.groups.allSatisfy { $0.width == width || $0.keptChannels.count == $0.width })
        let difference = try relativeDifference(
            result.graph.logits(inputs.tensor), graph.logits(inputs.tensor))
        #expect(difference < 1e-3, "\(difference)")
    }

    @Test("they go first where more has to go")
    func first() throws {
        let kept = try #require(result(limit: 0.5).groups.first { $0.width == width }).keptChannels
        #expect(kept.count <= 20)
        #expect(kept.allSatisfy { $0 >= 4 && $0 < 24 || $0 >= 28 })
    }

    @Test("widths stay multiples")
    func multiples() throws {
        let group = try #require(result(limit: 1, multiple: 8).groups.first { $0.width == width })
        #expect(group.keptChannels.count == 24)
    }

    @Test(
        "channels that were seen too rarely are not taken for such that depend on others",
        arguments: [1, 64],
        [1, 3])
    func rows(_ images: Int, readBy kernel: Int) throws {
        let network = try AnalysedNetwork(network(kernel: kernel))
        let group = try #require(network.coupling.groups.first { $0.width == width })
        let samples = try inputs.tensor.sliced(axis: 0, 0..<images)
        let calibration = Calibration(images: 1) { _ in [samples] }
        let moments = try MeasuredMoments(on: calibration, of: network).moments(adding: network.moments())
        let measured = AnalysedNetwork(network, moments: moments)
        // The dead and the doubled ones come last.
        let scores = (0..<width).map { 4..<24 ~= $0 ? 2.0 : 1.0 }
        let errors = try OutputSensitivity(group, in: measured, scores: scores).errors
        let count = try SpareChannels.count(of: group, in: measured, scores: scores, errors: errors)
        #expect(count == (images == 1 ? 0 : spare(readBy: kernel)))
    }
}
