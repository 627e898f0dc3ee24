import Analysis
import AnalysisSupport
import Graph
import NetworkSupport
import Testing
import Torch

/// The oracle is the network itself on many normal inputs; networks are such that what propagation assumes is so: whatever
/// an activation reads is normal, and positions are independent.
@Suite("Moments propagated from normalised inputs")
struct MomentPropagationTests {
    private static let samples = 100_000
    /// In shares of the greatest entry: what the means over samples may be off.
    private static let tolerance = 0.03

    /// What a value's channels on axis 1 are like on normal inputs.
    private func measured(_ graph: Graph, _ value: ValueID, shape: [Int]) throws -> JointMoments {
        var cut = graph
        cut.setOutputs([value])
        let images = try Tensor(random: .normal, shape: shape, seed: 5)
        let values = try cut.logits(images).converted(to: .float64)
        let order = (0..<values.rank).filter { $0 != 1 } + [1]
        let rows = try values.permuted(order).reshaped([values.count / values.shape[1], values.shape[1]])
        let mean = try rows.reduced(.mean, axes: [0])
        let centred = try rows.subtracting(mean)
        return JointMoments(
            mean: mean,
            covariance: try centred.transposed().matrixMultiplied(by: centred)
                .applying(.multiplied(1 / Double(rows.shape[0]))))
    }

    private func expect(_ found: JointMoments, _ measured: JointMoments) throws {
        let deviation = try measured.covariance.diagonal().applying(.squareRoot)
        let scale = try deviation.doubles().max() ?? 0
        for (a, b) in zip(try found.mean.doubles(), try measured.mean.doubles()) {
            #expect(abs(a - b) < Self.tolerance * scale, "mean \(a), measured \(b)")
        }
        for (a, b) in zip(
            try found.covariance.diagonal().applying(.squareRoot).doubles(), try deviation.doubles())
        {
            #expect(abs(a - b) < Self.tolerance * b, "deviation \(a), measured \(b)")
        }
        #expect(try relativeDifference(found.covariance, measured.covariance) < Self.tolerance)
    }

    @Test("layers and activations of vectors", arguments: ["Relu", "Tanh", "Sigmoid"])
    func vectors(_ activation: String) throws {
        var sketch = try Sketch(input: [1, 6])
        let first = try sketch.linear("a", sketch.input, outputs: 5)
        let active = try sketch.node(activation, "active", [first])
        let second = try sketch.linear("b", active, outputs: 4)
        sketch.finish([second])
        let found = try MomentPropagation(AnalysedNetwork(sketch.graph))
        for value in [first, active, second] {
            let state = try #require(found.states[value])
            try expect(state.moments, measured(sketch.graph, value, shape: [Self.samples, 6]))
        }
    }

    @Test(
        "activations that several nodes compute are one function",
        arguments: ["gelu", "silu", "mish", "hard_swish", "prelu", "square"])
    func composed(_ activation: String) throws {
        var sketch = try Sketch(input: [1, 6])
        let first = try sketch.linear("a", sketch.input, outputs: 5)
        let active = try sketch.activation(activation, first)
        let second = try sketch.linear("b", active, outputs: 4)
        sketch.finish([second])
        let found = try MomentPropagation(AnalysedNetwork(sketch.graph))
        for value in [active, second] {
            let state = try #require(found.states[value])
            try expect(state.moments, measured(sketch.graph, value, shape: [Self.samples, 6]))
        }
    }

    @Test("channels times what is independent of them, and times constants")
    func products() throws {
        var sketch = try Sketch(input: [1, 6])
        // The first layer sees one half of the input, the gate the other.
        func half(_ name: String, _ seed: UInt64, _ isFirst: Bool) throws -> ValueID {
            let weight = try Tensor(random: .normal, shape: [5, 3], seed: seed)
            let zero = try Tensor(repeating: 0, shape: [5, 3], type: .float32)
            let own = try sketch.parameter(
                name + ".weight", .concatenated(isFirst ? [weight, zero] : [zero, weight], axis: 1))
            return try sketch.node("Gemm", name, [sketch.input, own], ["transB": .integer(1)])
        }
        let first = try half("a", 1, true)
        let gate = try sketch.node("Sigmoid", "gate", [half("g", 2, false)])
        let gated = try sketch.node("Mul", "gated", [gate, first])
        let scaled = try sketch.node("Mul", "scaled", [gated, sketch.parameter("scale", [5])])
        sketch.finish([scaled])
        let found = try MomentPropagation(AnalysedNetwork(sketch.graph))
        for value in [gated, scaled] {
            let state = try #require(found.states[value])
            try expect(state.moments, measured(sketch.graph, value, shape: [Self.samples, 6]))
        }
    }

    @Test("convolutions of single pixels, shifts by constants, and batch-norms that were not folded")
    func pixels() throws {
        var sketch = try Sketch(input: [1, 3, 4, 4])
        let first = try sketch.convolution("a", sketch.input, outputs: 6, kernel: 1)
        let active = try sketch.node("Relu", "active", [sketch.normalisation("norm", first)])
        let second = try sketch.convolution("b", active, outputs: 5, kernel: 1, bias: false)
        let shifted = try sketch.node("Add", "shifted", [second, sketch.parameter("shift", [5, 1, 1])])
        sketch.finish([shifted])
        let state = try #require(try MomentPropagation(AnalysedNetwork(sketch.graph)).states[shifted])
        try expect(state.moments, measured(sketch.graph, shifted, shape: [20_000, 3, 4, 4]))
    }

    @Test("a stream and the branch that reads it are added with the covariance of the two")
    func residual() throws {
        var sketch = try Sketch(input: [1, 5])
        let stream = try sketch.linear("a", sketch.input, outputs: 6)
        let active = try sketch.node("Relu", "active", [sketch.linear("b", stream, outputs: 7)])
        let branch = try sketch.linear("c", active, outputs: 6)
        let sum = try sketch.node("Add", "sum", [stream, branch])
        sketch.finish([sum])
        let found = try MomentPropagation(AnalysedNetwork(sketch.graph))
        let state = try #require(found.states[sum])
        try expect(state.moments, measured(sketch.graph, sum, shape: [Self.samples, 5]))
        let crossing = try #require(try found.covariance(of: stream, and: branch))
        let independent = try #require(found.states[stream]).moments.covariance
            .adding(#require(found.states[branch]).moments.covariance)
        #expect(try relativeDifference(independent, state.moments.covariance) > 0.1)
        let whole = try independent.adding(crossing).adding(crossing.transposed())
        #expect(try relativeDifference(whole, state.moments.covariance) < 1e-9)
    }

    @Test("values side by side keep their covariances, and what is left out is left out")
    func joined() throws {
        var sketch = try Sketch(input: [1, 5])
        let first = try sketch.linear("a", sketch.input, outputs: 3)
        let second = try sketch.node("Relu", "active", [first])
        let both = try sketch.node("Concat", "both", [first, second], ["axis": .integer(1)])
        let last = try sketch.linear("b", both, outputs: 4)
        sketch.finish([last])
        let state = try #require(try MomentPropagation(AnalysedNetwork(sketch.graph)).states[last])
        try expect(state.moments, measured(sketch.graph, last, shape: [Self.samples, 5]))
    }

    @Test("a kernel sees less at borders, and positions are alike as the model says")
    func borders() throws {
        var sketch = try Sketch(input: [1, 1, 2, 2])
        let weight = try sketch.parameter(
            "weight", Tensor([Float](repeating: 1, count: 9), shape: [1, 1, 3, 3]))
        let value = try sketch.node("Conv", "a", [sketch.input, weight], ["pads": .integers([1, 1, 1, 1])])
        sketch.finish([value])
        let state = try #require(try MomentPropagation(AnalysedNetwork(sketch.graph)).states[value])
        // Four of nine places are inside, wherever the kernel is.
        let r = SpatialModel.correlation
        #expect(try abs(state.moments.covariance.doubles()[0] - (16 * r + 4 * (1 - r))) < 1e-9)
    }

    @Test("nothing is known behind what cannot be told, until a batch-norm tells moments again")
    func unknown() throws {
        var sketch = try Sketch(input: [1, 5])
        let hidden = try sketch.node("Softmax", "softmax", [sketch.linear("a", sketch.input, outputs: 6)])
        let lost = try sketch.linear("b", hidden, outputs: 4)
        let known = try sketch.normalisation("norm", lost)
        let last = try sketch.node("Relu", "active", [known])
        sketch.finish([sketch.input, last])
        let moments = try NetworkMoments(batchNormsOf: sketch.graph, foldedInto: sketch.graph)
        let without = try MomentPropagation(AnalysedNetwork(sketch.graph))
        #expect(without.states[hidden] == nil && without.states[lost] == nil && without.states[last] == nil)
        let all = try PropagatedMoments(of: AnalysedNetwork(sketch.graph)).moments(adding: moments)
        #expect(all.channels["softmax"] == nil)
        #expect(all.channels["a"]?.source == .propagation && all.channels["active"]?.source == .propagation)
        for name in ["b", "norm"] {
            #expect(all.channels[name] == moments.channels[name] && all.channels[name]?.source == .batchNorm)
        }
    }
}
