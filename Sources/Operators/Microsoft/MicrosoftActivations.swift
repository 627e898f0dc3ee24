internal import Graph
internal import Torch

/// x Phi(x), the name of `Gelu` in ONNX Runtime's domain.
struct MicrosoftGelu: ElementwiseOperator {
    static let type = "Gelu"
    static let domain = Microsoft.domain

    init(attributes: Attributes, signature: OperatorSignature) throws {}

    var attributes: Attributes { [:] }

    func apply(to input: Tensor) throws -> Tensor { try input.applying(.gelu) }
}

/// x sigmoid(alpha x).
struct QuickGelu: ElementwiseOperator {
    static let type = "QuickGelu"
    static let domain = Microsoft.domain
    private static let usualFactor: Float = 1.702

    private let factor: Float

    init(attributes: Attributes, signature: OperatorSignature) throws {
        factor = try attributes.float("alpha", default: Self.usualFactor)
    }

    var attributes: Attributes { factor == Self.usualFactor ? [:] : ["alpha": .float(factor)] }

    func apply(to input: Tensor) throws -> Tensor {
        try input.multiplied(by: input.applying(.multiplied(Double(factor))).applying(.sigmoid))
    }
}

/// Gelu of the input plus a bias [c] along the last axis.
struct BiasGelu: BiasedActivation {
    static let type = "BiasGelu"
    static let function = Tensor.UnaryFunction.gelu
    static let needsBias = true
}

/// Gelu by PyTorch's tanh formula of the input, plus an optional bias [c] along the last axis.
struct FastGelu: BiasedActivation {
    static let type = "FastGelu"
    static let function = Tensor.UnaryFunction.geluTanh
    static let needsBias = false
}

/// A function of the input plus a bias.
protocol BiasedActivation: Operator {
    /// The function.
    static var function: Tensor.UnaryFunction { get }
    /// Whether the bias is required.
    static var needsBias: Bool { get }

    init()
}

extension BiasedActivation {
    static var domain: String { Microsoft.domain }

    init(attributes: Attributes, signature: OperatorSignature) throws {
        self.init()
    }

    var attributes: Attributes { [:] }

    var biasInput: Int? { nil }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try ElementDomain.real.require(input.element)
        if let bias = Self.needsBias ? try inputs.type(1) : inputs.optionalType(1) {
            guard let width = input.shape.last else { throw GraphError("a scalar has no channels") }
            try bias.requireShape([width], "the bias")
            try bias.requireElement(input.element, "the bias")
        }
        return [try .output(input.element, input.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        return [try (inputs.optional(1).map { try input.adding($0) } ?? input).applying(Self.function)]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect {
        inputs.optionalType(1) == nil ? .function : .elementwise
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let shape = try inputs.type(0).shape
        var links = AxisLink.allSame(.input(0), .output(0), axes: shape.indices)
        if inputs.optionalType(1) != nil {
            links.append(AxisLink(.input(1, 0), .output(0, shape.count - 1), role: .bias))
        }
        return links
    }
}
