internal import Graph
internal import Torch

/// Convolution, optionally followed by the sum with a tensor of the output's shape, and an activation.
struct FusedConv: Operator {
    static let type = "FusedConv"
    static let domain = Microsoft.domain
    private static let part = NodePart([0, 1, 2])

    private let convolution: Conv
    private let activation: FusedActivation?

    init(attributes: Attributes, signature: OperatorSignature) throws {
        convolution = try Conv(attributes: attributes, signature: signature)
        activation = try FusedActivation(attributes)
    }

    private init(_ convolution: Conv, _ activation: FusedActivation?) {
        (self.convolution, self.activation) = (convolution, activation)
    }

    var attributes: Attributes {
        var result = convolution.attributes
        activation?.write(to: &result)
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let types = try convolution.inferredTypes(Self.part.operatorInputs(inputs))
        if let addend = inputs.optionalType(3), let output = types.first {
            try addend.requireShape(output.shape, "the addend")
            try addend.requireElement(output.element, "the addend")
        }
        return types
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        try convolution.evaluate(Array(inputs.prefix(3)), in: &context).map { output in
            let sum = try inputs.optional(3).map { try output.adding($0) } ?? output
            return try activation?.apply(to: sum) ?? sum
        }
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let links = try Self.part.links(
            convolution.axisLinks(Self.part.operatorInputs(inputs), outputs: outputs))
        guard inputs.optionalType(3) != nil else { return links }
        return links + AxisLink.allSame(.input(3), .output(0), axes: 0..<2)
    }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        convolution.cost(Self.part.operatorInputs(inputs), outputs: outputs)
    }

    func resized(_ change: AxisChange) throws -> FusedConv {
        FusedConv(try convolution.resized(Self.part.change(change)), activation)
    }
}

/// The activation at the end of a fused operator.
struct FusedActivation: Sendable {
    private enum Name: String, CaseIterable {
        case relu = "Relu"
        case tanh = "Tanh"
        case sigmoid = "Sigmoid"
        case leakyRelu = "LeakyRelu"
        case clip = "Clip"
        case hardSigmoid = "HardSigmoid"
        case hardSwish = "HardSwish"

        var parameterCount: Int {
            switch self {
            case .relu, .tanh, .sigmoid, .hardSwish: 0
            case .leakyRelu: 1
            case .clip, .hardSigmoid: 2
            }
        }
    }

    private let name: Name
    private let parameters: [Float]

    /// Reads the attributes `activation` and `activation_params`; nil if there is no activation.
    init?(_ attributes: Attributes) throws(GraphError) {
        let text = try attributes.string("activation", default: "")
        let parameters = try attributes.floats("activation_params") ?? []
        if text.isEmpty, parameters.isEmpty { return nil }
        guard let name = Name(rawValue: text), name.parameterCount == parameters.count else {
            throw GraphError("attribute activation is \(text) with \(parameters.count) parameters")
        }
        (self.name, self.parameters) = (name, parameters)
    }

    /// Writes both attributes.
    func write(to attributes: inout Attributes) {
        attributes["activation"] = .string(name.rawValue)
        if !parameters.isEmpty { attributes["activation_params"] = .floats(parameters) }
    }

    /// Applies the activation.
    func apply(to input: Tensor) throws -> Tensor {
        func parameter(_ index: Int) -> Double { Double(parameters[index]) }
        switch name {
        case .relu: return try input.applying(.relu)
        case .tanh: return try input.applying(.hyperbolicTangent)
        case .sigmoid: return try input.applying(.sigmoid)
        case .hardSwish: return try input.applying(.hardSwish)
        case .leakyRelu: return try input.applying(.leakyRelu(slope: parameter(0)))
        case .clip: return try input.applying(.clamp(low: parameter(0), high: parameter(1)))
        case .hardSigmoid:
            return try input.applying(.hardSigmoid(alpha: parameter(0), beta: parameter(1)))
        }
    }
}
