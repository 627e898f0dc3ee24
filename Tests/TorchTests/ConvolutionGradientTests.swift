import Testing
import Torch

@Suite("Gradients of convolutions with the channels last")
struct ConvolutionGradientTests {
    typealias Layer = ConvolutionTests.Layer

    /// Widths around those of vectors, strides that leave positions unread, paddings that no tap needs, and lengths of 1.
    static let layers =
        ConvolutionTests.layers + [
            Layer(input: [2, 16, 9, 8], weight: [16, 16, 3, 3], padding: [1, 1]),
            Layer(input: [2, 15, 9, 8], weight: [17, 15, 3, 3], stride: [2, 2], padding: [1, 1]),
            Layer(input: [1, 33, 6, 7], weight: [47, 33, 1, 1], stride: [2, 2], hasBias: false),
            Layer(input: [2, 4, 13, 11], weight: [20, 4, 3, 5], stride: [3, 2], padding: [2, 3]),
            Layer(
                input: [1, 5, 14, 9], weight: [18, 5, 3, 3], stride: [2, 1], padding: [1, 0],
                dilation: [2, 3]),
            Layer(
                input: [1, 5, 14, 9], weight: [18, 5, 3, 2], stride: [2, 3], padding: [3, 1],
                dilation: [3, 2]),
            Layer(input: [2, 7, 6, 6], weight: [3, 7, 1, 1], padding: [2, 1]),
            Layer(input: [1, 130, 5, 3], weight: [70, 130, 1, 1]),
            Layer(input: [1, 8, 9, 9], weight: [24, 8, 2, 2], stride: [4, 4]),
            Layer(input: [3, 1, 8, 8], weight: [1, 1, 3, 3], padding: [1, 1]),
            Layer(input: [2, 40, 1, 1], weight: [10, 40, 3, 3], padding: [1, 1]),
            Layer(input: [16, 3, 1, 1], weight: [1, 3, 1, 1]),
            Layer(
                input: [2, 21, 12, 10], weight: [21, 1, 3, 3], stride: [2, 2], padding: [1, 1], groups: 21),
            Layer(
                input: [1, 48, 11, 13], weight: [48, 1, 5, 5], stride: [2, 3], padding: [2, 2], groups: 48),
            Layer(input: [1, 16, 7, 7], weight: [16, 1, 7, 7], padding: [3, 3], groups: 16),
            Layer(
                input: [2, 19, 15, 15], weight: [19, 1, 3, 3], stride: [2, 1], padding: [3, 2],
                dilation: [3, 2], groups: 19),
            Layer(input: [2, 32, 3, 1], weight: [32, 1, 3, 3], padding: [1, 1], groups: 32),
            Layer(
                input: [1, 20, 9, 9], weight: [20, 1, 1, 1], stride: [2, 2], padding: [1, 1], groups: 20),
            Layer(input: [4, 6, 30], weight: [8, 6, 9], stride: [3], padding: [4], dilation: [1]),
            // Many remainders by the strides are left to libtorch.
            Layer(input: [1, 3, 20, 20], weight: [4, 3, 3, 3], stride: [9, 9], padding: [1, 1]),
        ]

    private func leaf(_ tensor: Tensor, _ type: DType) throws -> Tensor {
        try tensor.converted(to: type).requiringGradient()
    }

    /// The gradients of the sum of a result times fixed numbers.
    private func gradients(of result: Tensor, by leaves: [Tensor]) throws -> [Tensor] {
        let factors = try Tensor(random: .normal, shape: result.shape, seed: 9).converted(to: result.type)
        return try result.multiplied(by: factors).reduced(.sum, axes: []).gradients(of: leaves).map {
            try #require($0)
        }
    }

    private func leaves(_ layer: Layer, _ type: DType) throws -> [Tensor] {
        let (input, weight, bias) = try layer.tensors()
        return try [input, weight, bias].compactMap { $0 }.map { try leaf($0, type) }
    }

    private func result(_ layer: Layer, _ leaves: [Tensor]) throws -> Tensor {
        try leaves[0].convolved(
            weight: leaves[1], bias: layer.hasBias ? leaves[2] : nil, geometry: layer.geometry)
    }

    @Test("are what libtorch's own are in double precision", arguments: layers)
    func plain(_ layer: Layer) throws {
        let (ours, exact) = (try leaves(layer, .float32), try leaves(layer, .float64))
        let found = try gradients(of: result(layer, ours), by: ours)
        let expected = try gradients(of: result(layer, exact), by: exact)
        for (found, expected) in zip(found, expected) {
            try ConvolutionTests().expectClose(found, expected)
        }
    }

    @Test("are computed for each tensor by itself", arguments: 0..<3)
    func alone(_ wanted: Int) throws {
        for layer in Self.layers where layer.hasBias {
            let (ours, exact) = (try leaves(layer, .float32), try leaves(layer, .float64))
            let others = try ours.indices.map { try $0 == wanted ? ours[$0] : ours[$0].detached() }
            try ConvolutionTests().expectClose(
                gradients(of: result(layer, others), by: [others[wanted]])[0],
                gradients(of: result(layer, exact), by: exact)[wanted])
        }
    }

    /// What a program computes, by plain operations.
    private func apply(_ function: ElementProgram.Function, _ x: Tensor, _ y: Tensor) throws -> Tensor {
        switch function {
        case .relu: try x.applying(.relu)
        case .sigmoid: try x.applying(.sigmoid)
        case .silu: try x.applying(.silu)
        case .hardSwish: try x.applying(.hardSwish)
        case .clamp(let low, let high): try x.applying(.clamp(low: low, high: high))
        case .hardSigmoid(let alpha, let beta): try x.applying(.hardSigmoid(alpha: alpha, beta: beta))
        case .leakyRelu(let slope): try x.applying(.leakyRelu(slope: slope))
        case .add: try x.adding(y)
        case .subtract: try x.subtracting(y)
        case .multiply: try x.multiplied(by: y)
        case .divide: try x.divided(by: y)
        }
    }

    static let functions: [ElementProgram.Function] = [
        .relu, .sigmoid, .silu, .hardSwish, .clamp(low: -0.5, high: 1.5), .hardSigmoid(alpha: 0.2, beta: 0.4),
        .leakyRelu(slope: 0.1), .add, .subtract, .multiply, .divide,
    ]

    private static let programmed = [
        Layer(input: [2, 4, 6, 5], weight: [37, 4, 3, 3], padding: [1, 1]),
        Layer(input: [2, 4, 6, 5], weight: [3, 4, 3, 3], stride: [2, 2], padding: [1, 1]),
        Layer(input: [2, 20, 6, 5], weight: [20, 1, 3, 3], padding: [1, 1], groups: 20),
        Layer(input: [2, 4, 15], weight: [33, 4, 3], stride: [2], padding: [1], dilation: [1]),
    ]

    @Test(
        "pass through each function, on either side of an operand of as many elements", arguments: functions)
    func steps(_ function: ElementProgram.Function) throws {
        for layer in Self.programmed {
            for isReversed in [false, true] {
                let places: [ElementProgram.Place] =
                    isReversed ? [.operand(0), .register(0)] : [.register(0), .operand(0)]
                let isBinary = [.add, .subtract, .multiply, .divide].contains(function)
                // A quotient by what is near zero is as large as its error.
                if isReversed, !isBinary || function == .divide { continue }
                var ours = try leaves(layer, .float32)
                var exact = try leaves(layer, .float64)
                let plain = try result(layer, exact)
                // Away from zero, as it may divide.
                let operand = try Tensor(random: .uniform, shape: plain.shape, seed: 11).applying(.adding(1))
                let program = ElementProgram(
                    [.init(function, isBinary ? places : [.register(0)], result: 0)],
                    operands: isBinary ? [try leaf(operand, .float32)] : [])
                let other = try leaf(operand, .float64)
                let expected = try isReversed ? apply(function, other, plain) : apply(function, plain, other)
                let found = try #require(
                    try ours[0].convolved(
                        weight: ours[1], bias: ours[2], geometry: layer.geometry, then: program))
                try ConvolutionTests().expectClose(found.detached(), expected.detached())
                if isBinary {
                    ours += program.operands
                    exact.append(other)
                }
                for (found, expected) in zip(
                    try gradients(of: found, by: ours), try gradients(of: expected, by: exact))
                {
                    try ConvolutionTests().expectClose(found, expected)
                }
            }
        }
    }

    @Test("pass through programs that use a register twice, and operands of other sizes")
    func programs() throws {
        for layer in Self.programmed {
            var (ours, exact) = (try leaves(layer, .float32), try leaves(layer, .float64))
            let plain = try result(layer, exact)
            let perChannel = try Tensor(
                random: .uniform, shape: [layer.weight[0]] + layer.stride.map { _ in 1 }, seed: 6
            ).applying(.adding(1))
            let three = try Tensor([Float(3)], shape: [])
            let elements = try Tensor(random: .normal, shape: plain.shape, seed: 12)
            ours.append(try leaf(elements, .float32))
            exact.append(try leaf(elements, .float64))
            // (x clamped (x + 3) / c) sigmoid(x) + e, and the square of it.
            let program = ElementProgram(
                [
                    .init(.add, [.register(0), .operand(0)], result: 1),
                    .init(.clamp(low: 0, high: 6), [.register(1)], result: 1),
                    .init(.multiply, [.register(0), .register(1)], result: 1),
                    .init(.divide, [.register(1), .operand(1)], result: 1),
                    .init(.sigmoid, [.register(0)], result: 0),
                    .init(.multiply, [.register(0), .register(1)], result: 1),
                    .init(.add, [.operand(2), .register(1)], result: 0),
                    .init(.multiply, [.register(0), .register(0)], result: 0),
                ], operands: [three, perChannel, ours[3]])
            let found = try #require(
                try ours[0].convolved(
                    weight: ours[1], bias: ours[2], geometry: layer.geometry, then: program))
            let gate = try plain.applying(.adding(3)).applying(.clamp(low: 0, high: 6))
            let last = try plain.multiplied(by: gate).divided(by: perChannel.converted(to: .float64))
                .multiplied(by: plain.applying(.sigmoid)).adding(exact[3])
            let expected = try last.multiplied(by: last)
            try ConvolutionTests().expectClose(found.detached(), expected.detached())
            for (found, expected) in zip(
                try gradients(of: found, by: ours), try gradients(of: expected, by: exact))
            {
                try ConvolutionTests().expectClose(found, expected)
            }
        }
    }

    @Test("reach operands even where the convolution itself records nothing")
    func operandAlone() throws {
        let layer = Self.programmed[0]
        let (input, weight, bias) = try layer.tensors()
        let plain = try input.convolved(weight: weight, bias: bias, geometry: layer.geometry)
        let operand = try leaf(Tensor(random: .normal, shape: plain.shape, seed: 3), .float32)
        let program = ElementProgram(
            [.init(.multiply, [.register(0), .operand(0)], result: 0)], operands: [operand])
        let found = try #require(
            try input.convolved(weight: weight, bias: bias, geometry: layer.geometry, then: program))
        try ConvolutionTests().expectClose(
            gradients(of: found, by: [operand])[0],
            gradients(of: plain.multiplied(by: operand), by: [operand])[0])
    }

    @Test("are no numbers where what they are computed from is none", arguments: layers)
    func notFinite(_ layer: Layer) throws {
        for (place, value) in [(0, Float.nan), (1, .nan), (0, .infinity)] {
            let (ours, exact) = (try leaves(layer, .float32), try leaves(layer, .float64))
            func spoilt(_ leaves: [Tensor], _ type: DType) throws -> [Tensor] {
                var values = try leaves[place].detached().floats()
                values[values.count / 2] = value
                var result = leaves
                result[place] = try Tensor(values, shape: leaves[place].shape).converted(to: type)
                    .requiringGradient()
                return result
            }
            let (left, right) = (try spoilt(ours, .float32), try spoilt(exact, .float64))
            let found = try gradients(of: result(layer, left), by: left)
            let expected = try gradients(of: result(layer, right), by: right)
            for (found, expected) in zip(found, expected) {
                // Zeros that are gathered beside the input may be multiplied too.
                let (found, expected) = (try found.doubles(), try expected.doubles())
                #expect(zip(found, expected).allSatisfy { $1.isFinite || !$0.isFinite })
            }
        }
    }
}
