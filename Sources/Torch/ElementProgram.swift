internal import CTorch

/// Steps that turn each element of a tensor into another, in one pass over it.
public struct ElementProgram: Sendable {
    /// What a step computes.
    public enum Function: Sendable, Hashable {
        /// max(x, 0).
        case relu
        /// 1 / (1 + e^-x).
        case sigmoid
        /// x / (1 + e^-x).
        case silu
        /// x times x / 6 + 1 / 2 clamped to [0, 1].
        case hardSwish
        /// x clamped to [low, high].
        case clamp(low: Double, high: Double)
        /// alpha x + beta, clamped to [0, 1].
        case hardSigmoid(alpha: Double, beta: Double)
        /// x where positive, slope x elsewhere.
        case leakyRelu(slope: Double)
        /// x + y.
        case add
        /// x - y.
        case subtract
        /// x y.
        case multiply
        /// x / y.
        case divide

        var code: (operation: Int, first: Double, second: Double) {
            switch self {
            case .relu: (CT_STEP_RELU, 0, 0)
            case .sigmoid: (CT_STEP_SIGMOID, 0, 0)
            case .silu: (CT_STEP_SILU, 0, 0)
            case .hardSwish: (CT_STEP_HARDSWISH, 0, 0)
            case .clamp(let low, let high): (CT_STEP_CLAMP, low, high)
            case .hardSigmoid(let alpha, let beta): (CT_STEP_HARD_SIGMOID, alpha, beta)
            case .leakyRelu(let slope): (CT_STEP_LEAKY_RELU, slope, 0)
            case .add: (CT_STEP_ADD, 0, 0)
            case .subtract: (CT_STEP_SUBTRACT, 0, 0)
            case .multiply: (CT_STEP_MULTIPLY, 0, 0)
            case .divide: (CT_STEP_DIVIDE, 0, 0)
            }
        }
    }

    /// Where a step finds an argument.
    public enum Place: Sendable, Hashable {
        /// A register; register 0 holds the element at first, and the result at the end.
        case register(Int)
        /// One of the program's operands.
        case operand(Int)

        var code: Int32 {
            switch self {
            case .register(let index): Int32(index)
            case .operand(let index): Int32(-1 - index)
            }
        }
    }

    /// One function of one or two arguments.
    public struct Step: Sendable {
        /// What it computes.
        public let function: Function
        /// Its arguments.
        public let arguments: [Place]
        /// The register of its result.
        public let result: Int

        /// Makes a step.
        public init(_ function: Function, _ arguments: [Place], result: Int) {
            (self.function, self.arguments, self.result) = (function, arguments, result)
        }
    }

    /// The steps in order.
    public let steps: [Step]
    /// Tensors of one element, one per channel (axis 1) or of the result's shape.
    public let operands: [Tensor]

    /// Makes a program.
    public init(_ steps: [Step], operands: [Tensor]) {
        (self.steps, self.operands) = (steps, operands)
    }

    /// Calls a body with the program as the C interface takes it.
    func withCode(_ body: (UnsafePointer<ct_element_program>) -> Int32) -> Int32 {
        let codes = steps.map { step in
            let (operation, first, second) = step.function.code
            let left = step.arguments.first?.code ?? 0
            return ct_element_step(
                operation: Int32(operation), left: left, right: step.arguments.last?.code ?? left,
                result: Int32(step.result), first: first, second: second)
        }
        let pointers: [ct_tensor?] = operands.map(\.pointer)
        defer { withExtendedLifetime(operands) {} }
        return codes.withUnsafeBufferPointer { codes in
            pointers.withUnsafeBufferPointer { pointers in
                var program = ct_element_program(
                    steps: codes.baseAddress, step_count: Int32(codes.count),
                    operands: pointers.baseAddress, operand_count: Int32(pointers.count))
                return body(&program)
            }
        }
    }
}

extension Tensor {
    /// Convolves as `convolved(weight:bias:geometry:)` does and runs a program on the result while it is in the cache.
    ///
    /// Where gradients are recorded, they pass through both in one step. Of the operands, only those of as many elements as
    /// the result may record them.
    ///
    /// - Returns: Nil where only the plain operations can do it: on accelerators, for other elements than floats, for
    ///   groups of several channels, and for gradients of other operands.
    public func convolved(
        weight: Tensor, bias: Tensor?, geometry: ConvolutionGeometry, then program: ElementProgram
    ) throws(TorchError) -> Tensor? {
        try requireEqualCounts(geometry.stride, geometry.padding, geometry.dilation)
        defer { withExtendedLifetime((self, weight, bias)) {} }
        var result: ct_tensor?
        try check { message in
            program.withCode {
                ct_convolution_program(
                    pointer, weight.pointer, bias?.pointer, geometry.stride.asInt64,
                    geometry.padding.asInt64,
                    geometry.dilation.asInt64, Int32(geometry.stride.count), Int64(geometry.groups), $0,
                    &result, message)
            }
        }
        return result.map { Tensor(handle: TensorHandle(owning: $0)) }
    }
}
