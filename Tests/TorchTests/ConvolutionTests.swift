import Testing
import Torch

@Suite("Convolutions with the channels last")
struct ConvolutionTests {
    /// A convolution of random numbers.
    struct Layer: Sendable, CustomTestStringConvertible {
        var input: [Int]
        var weight: [Int]
        var stride = [1, 1]
        var padding = [0, 0]
        var dilation = [1, 1]
        var groups = 1
        var hasBias = true

        var testDescription: String {
            "\(input) by \(weight) in \(groups) groups, \(stride) \(padding) \(dilation)"
        }

        var geometry: Tensor.ConvolutionGeometry {
            .init(stride: stride, padding: padding, dilation: dilation, groups: groups)
        }

        func tensors() throws -> (input: Tensor, weight: Tensor, bias: Tensor?) {
            (
                try Tensor(random: .normal, shape: input, seed: 1),
                try Tensor(random: .normal, shape: weight, seed: 2),
                hasBias ? try Tensor(random: .normal, shape: [weight[0]], seed: 3) : nil
            )
        }
    }

    static let layers = [
        Layer(input: [1, 3, 17, 13], weight: [19, 3, 3, 3], stride: [2, 2], padding: [1, 1]),
        Layer(input: [3, 33, 7, 9], weight: [50, 33, 1, 1]),
        Layer(input: [2, 16, 9, 9], weight: [31, 16, 1, 1], stride: [2, 3], hasBias: false),
        Layer(input: [3, 5, 11, 6], weight: [1, 5, 5, 3], padding: [2, 1]),
        Layer(input: [1, 8, 12, 15], weight: [40, 8, 3, 3], padding: [2, 4], dilation: [2, 3]),
        Layer(input: [1, 4, 2, 3], weight: [17, 4, 3, 3], padding: [3, 3], hasBias: false),
        Layer(input: [1, 70, 1, 1], weight: [9, 70, 1, 1]),
        Layer(input: [1, 1, 40, 1], weight: [3, 1, 16, 1], stride: [4, 1], padding: [7, 0]),
        Layer(input: [3, 37, 10, 12], weight: [37, 1, 3, 3], padding: [1, 1], groups: 37),
        Layer(input: [1, 32, 21, 6], weight: [32, 1, 5, 5], stride: [2, 1], padding: [2, 2], groups: 32),
        Layer(input: [2, 5, 9, 8], weight: [5, 1, 3, 3], padding: [2, 2], dilation: [2, 2], groups: 5),
        Layer(input: [1, 18, 2, 2], weight: [18, 1, 5, 5], padding: [3, 3], groups: 18, hasBias: false),
        Layer(input: [1, 6, 8, 8], weight: [12, 1, 3, 3], padding: [1, 1], groups: 6),
        Layer(input: [3, 8, 8, 5], weight: [6, 4, 3, 3], padding: [1, 1], groups: 2),
        Layer(input: [3, 6, 21], weight: [20, 6, 5], stride: [2], padding: [2], dilation: [1]),
        Layer(input: [1, 9, 16], weight: [9, 1, 3], stride: [1], padding: [2], dilation: [2], groups: 9),
        Layer(
            input: [1, 2, 5, 6, 4], weight: [3, 2, 2, 3, 1], stride: [1, 2, 1], padding: [1, 0, 0],
            dilation: [1, 1, 1]),
    ]

    /// What differences between two orders of summation may be, as a share of the largest element.
    private static let tolerance = 1e-5

    func expectClose(_ found: Tensor, _ expected: Tensor) throws {
        #expect(found.shape == expected.shape)
        let (left, right) = (try found.doubles(), try expected.doubles())
        let size = right.reduce(0) { max($0, abs($1)) }
        #expect(size > 0)
        #expect(zip(left, right).allSatisfy { abs($0 - $1) <= Self.tolerance * size })
    }

    @Test("give what libtorch's own give, which convolve double precision", arguments: layers)
    func plain(_ layer: Layer) throws {
        let (input, weight, bias) = try layer.tensors()
        let expected = try input.converted(to: .float64).convolved(
            weight: weight.converted(to: .float64), bias: bias?.converted(to: .float64),
            geometry: layer.geometry)
        // The second time the weight is in order already.
        for _ in 0..<2 {
            try expectClose(
                input.convolved(weight: weight, bias: bias, geometry: layer.geometry), expected)
        }
    }

    @Test("do not depend on how the input lies in memory", arguments: layers.filter { $0.input.count == 4 })
    func layouts(_ layer: Layer) throws {
        let (input, weight, bias) = try layer.tensors()
        let turned = try Tensor(
            input.permuted([0, 2, 3, 1]).floats(), shape: [0, 2, 3, 1].map { layer.input[$0] })
        try expectClose(
            turned.permuted([0, 3, 1, 2]).convolved(weight: weight, bias: bias, geometry: layer.geometry),
            input.convolved(weight: weight, bias: bias, geometry: layer.geometry))
    }

    @Test("read one weight in two orders")
    func twoOrders() throws {
        let weight = try Tensor(random: .normal, shape: [6, 1, 3, 3], seed: 4)
        for channels in [6, 1, 6] {
            let input = try Tensor(random: .normal, shape: [1, channels, 5, 5], seed: 5)
            let geometry = Tensor.ConvolutionGeometry(
                stride: [1, 1], padding: [1, 1], dilation: [1, 1], groups: channels)
            try expectClose(
                input.convolved(weight: weight, bias: nil, geometry: geometry),
                input.converted(to: .float64).convolved(
                    weight: weight.converted(to: .float64), bias: nil, geometry: geometry))
        }
    }

    @Test("that gather very much at a time are left to libtorch")
    func greatKernel() throws {
        let layer = Layer(input: [1, 1, 600, 600], weight: [1, 1, 600, 600])
        let (input, weight, bias) = try layer.tensors()
        let program = ElementProgram([.init(.relu, [.register(0)], result: 0)], operands: [])
        #expect(
            try input.convolved(weight: weight, bias: bias, geometry: layer.geometry, then: program) == nil)
        #expect(
            try input.convolved(weight: weight, bias: bias, geometry: layer.geometry).shape == [1, 1, 1, 1])
    }

    static let functions: [(ElementProgram.Function, @Sendable (Tensor) throws -> Tensor)] = [
        (.relu, { try $0.applying(.relu) }), (.sigmoid, { try $0.applying(.sigmoid) }),
        (.silu, { try $0.applying(.silu) }), (.hardSwish, { try $0.applying(.hardSwish) }),
        (.clamp(low: -0.5, high: 1.5), { try $0.applying(.clamp(low: -0.5, high: 1.5)) }),
        (.hardSigmoid(alpha: 0.2, beta: 0.4), { try $0.applying(.hardSigmoid(alpha: 0.2, beta: 0.4)) }),
        (.leakyRelu(slope: 0.1), { try $0.applying(.leakyRelu(slope: 0.1)) }),
    ]

    @Test("run each function on their result", arguments: functions.indices)
    func steps(_ index: Int) throws {
        let (function, apply) = Self.functions[index]
        for layer in Self.layers
        where layer.input.count < 5 && (layer.groups == 1 || layer.weight[0] == layer.groups) {
            if layer.groups > 1, layer.input[1] != layer.groups { continue }
            let (input, weight, bias) = try layer.tensors()
            let program = ElementProgram([.init(function, [.register(0)], result: 0)], operands: [])
            let found = try #require(
                try input.convolved(weight: weight, bias: bias, geometry: layer.geometry, then: program))
            try expectClose(
                found, apply(input.convolved(weight: weight, bias: bias, geometry: layer.geometry)))
        }
    }

    @Test("keep what is no number and have the limits of functions at large elements")
    func extremes() throws {
        let values: [Float] = [-.infinity, -200, -90, -20, 0, 20, 90, 200, .infinity, .nan]
        let input = try Tensor(values, shape: [1, 1, 1, values.count])
        let one = try Tensor([Float(1)], shape: [1, 1, 1, 1])
        let geometry = Tensor.ConvolutionGeometry(stride: [1, 1], padding: [0, 0], dilation: [1, 1])
        for (function, apply) in Self.functions where function != .silu && function != .hardSwish {
            let program = ElementProgram([.init(function, [.register(0)], result: 0)], operands: [])
            let found = try #require(
                try input.convolved(weight: one, bias: nil, geometry: geometry, then: program)
            ).doubles()
            for (left, right) in zip(found, try apply(input).doubles()) {
                #expect(left == right || abs(left - right) < 1e-6 || (left.isNaN && right.isNaN))
            }
        }
    }

    @Test("combine their result with one number, one per channel and one per element", arguments: [3, 37])
    func operands(_ channels: Int) throws {
        let layer = Layer(input: [2, 4, 6, 5], weight: [channels, 4, 3, 3], padding: [1, 1])
        let (input, weight, bias) = try layer.tensors()
        let number = try Tensor([Float(3)], shape: [])
        let perChannel = try Tensor(random: .uniform, shape: [channels, 1, 1], seed: 6).applying(.adding(1))
        let elements = try Tensor(random: .normal, shape: [2, channels, 6, 5], seed: 7)
        let program = ElementProgram(
            [
                .init(.add, [.register(0), .operand(0)], result: 1),
                .init(.divide, [.register(1), .operand(1)], result: 1),
                .init(.subtract, [.operand(2), .register(1)], result: 1),
                .init(.multiply, [.register(0), .register(1)], result: 0),
            ], operands: [number, perChannel, elements])
        let found = try #require(
            try input.convolved(weight: weight, bias: bias, geometry: layer.geometry, then: program))
        let plain = try input.convolved(weight: weight, bias: bias, geometry: layer.geometry)
        try expectClose(
            found,
            elements.subtracting(plain.adding(number).divided(by: perChannel)).multiplied(by: plain))
    }

    @Test("leave to plain operations what they cannot do")
    func refusals() throws {
        let layer = Layer(input: [2, 4, 6, 5], weight: [3, 4, 3, 3])
        let (input, weight, bias) = try layer.tensors()
        func found(_ input: Tensor, _ weight: Tensor, _ operand: Tensor) throws -> Tensor? {
            let program = ElementProgram(
                [.init(.multiply, [.register(0), .operand(0)], result: 0)], operands: [operand])
            return try input.convolved(
                weight: weight, bias: bias?.converted(to: input.type), geometry: layer.geometry, then: program
            )
        }
        let one = try Tensor([Float(1)], shape: [])
        #expect(try found(input, weight, one) != nil)
        #expect(try found(input, weight, Tensor(random: .normal, shape: [2, 3, 1, 1], seed: 1)) == nil)
        #expect(try found(input, weight, Tensor(random: .normal, shape: [3], seed: 1)) == nil)
        #expect(try found(input, weight, one.requiringGradient()) == nil)
        #expect(try found(input.converted(to: .float64), weight.converted(to: .float64), one) == nil)
        #expect(throws: TorchError.self) {
            try input.convolved(
                weight: weight, bias: bias, geometry: layer.geometry,
                then: ElementProgram([.init(.relu, [.operand(0)], result: 0)], operands: []))
        }
    }
}
