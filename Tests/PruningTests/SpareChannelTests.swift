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
    /// The channels of the first layer, and those that say nothing new: dead, constant and doubled ones.
    private let width = 32
    private let spare = 12

    init() throws {
        inputs = Inputs(tensor: try Tensor(random: .normal, shape: [64, 3, 10, 10], seed: 3))
    }

    private func network() throws -> Graph {
        var sketch = try Sketch(input: [8, 3, 10, 10])
        let weight = try Tensor(random: .normal, shape: [width - spare, 3, 3, 3], seed: 5)
        let nothing = try Tensor(repeating: 0, shape: [8, 3, 3, 3])
        let doubled = try weight.sliced(axis: 0, 2..<6).applying(.multiplied(2))
        let bias = (0..<width).map { $0 >= 24 && $0 < 28 ? Float($0) / 20 : 0 }
        let first = try sketch.node(
            "Conv", "a",
            [
                sketch.input,
                sketch.parameter("a.weight", .concatenated([weight, nothing, doubled], axis: 0)),
                sketch.parameter("a.bias", Tensor(bias, shape: [width])),
            ], ["pads": .integers([1, 1, 1, 1])])
        let read = try sketch.parameter(
            "b.weight", Tensor(random: .normal, shape: [24, width, 1, 1], seed: 6).applying(.multiplied(0.2)))
        let second = try sketch.node(
            "Conv", "b", [sketch.node("Relu", "r", [first]), read, sketch.parameter("b.bias", [24])])
        try sketch.classifier(sketch.node("Relu", "t", [second]), classes: 5)
        return sketch.graph
    }

    private func result(limit: Double, multiple: Int = 1) throws -> PruningResult {
        let options = PruningOptions(
            effort: .quick, budgets: [try Budget(.multiplyAccumulates, limit: limit)],
            limits: try WidthLimits(multiple: multiple),
            calibration: try CalibrationRequest(source: .images, images: 64, checksum: "0"))
        return try Pruner(network(), options: options, calibrationImages: inputs).run()
    }

    @Test("dead, constant and doubled channels go at any setting, are counted, and no output changes")
    func all() throws {
        let graph = try network()
        let result = try result(limit: 1)
        let found = try #require(result.spare)
        #expect(found.channels == spare)
        #expect(found.parameters > 0.1 && found.parameters < 0.5)
        #expect(found.multiplyAccumulates > 0.1 && found.multiplyAccumulates < 0.5)
        let first = try #require(result.groups.first { $0.width == width })
        #expect(first.keptChannels.count == width - spare)
        #expect(first.notes.contains("12 of its channels go without loss"))
        #expect(result.groups.allSatisfy { $0.width == width || $0.keptChannels.count == $0.width })
        let difference = try relativeDifference(
            result.graph.logits(inputs.tensor), graph.logits(inputs.tensor))
        #expect(difference < 1e-3, "\(difference)")
    }

    @Test("they go first where more has to go")
    func first() throws {
        let kept = try #require(result(limit: 0.5).groups.first { $0.width == width }).keptChannels
        #expect(kept.count <= width - spare)
        #expect(kept.allSatisfy { $0 < 20 || $0 >= 28 })
    }

    @Test("widths stay multiples")
    func multiples() throws {
        let group = try #require(result(limit: 1, multiple: 8).groups.first { $0.width == width })
        #expect(group.keptChannels.count == 24)
    }

    @Test("channels that were seen too rarely are not taken for such that depend on others")
    func rows() throws {
        let network = try AnalysedNetwork(network())
        let group = try #require(network.coupling.groups.first { $0.width == width })
        let errors = (0...width).map { $0 < 20 ? 1 - Double($0) / 20 : 0 }
        let unknown = try network.moments()
        #expect(SpareChannels.count(of: group, errors: errors, moments: unknown) == 0)
        let moments = JointMoments(
            mean: try Tensor(repeating: 0, shape: [width], type: .float64), covariance: try .identity(width))
        for (rows, count) in [(4 * width - 1, 0), (4 * width, 12)] {
            let known = group.members(.consumer).reduce(unknown) {
                $0.adding(moments, of: group, readBy: $1, rows: rows)
            }
            #expect(SpareChannels.count(of: group, errors: errors, moments: known) == count)
        }
    }
}
