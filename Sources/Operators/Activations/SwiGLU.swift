internal import Graph
internal import Torch

/// A gate and a value: y = a sigmoid(alpha a) b, element by element.
struct SwiGLU: Operator {
    static let type = "SwiGLU"

    private let alpha: Float

    init(attributes: Attributes, signature: OperatorSignature) throws {
        alpha = try attributes.float("alpha", default: 1)
    }

    var attributes: Attributes { alpha == 1 ? [:] : ["alpha": .float(alpha)] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (gate, value) = (try inputs.type(0), try inputs.type(1))
        try ElementDomain.real.require(gate.element)
        try value.requireElement(gate.element, "the value")
        try value.requireShape(gate.shape, "the value")
        return [try .output(gate.element, gate.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (gate, value) = (try inputs.required(0), try inputs.required(1))
        let wide = try gate.inSinglePrecision()
        let share = try wide.applying(.multiplied(Double(alpha))).applying(.sigmoid)
        return [
            try wide.multiplied(by: share).multiplied(by: value.inSinglePrecision()).converted(to: gate.type)
        ]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .elementwise }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let axes = try inputs.type(0).shape.indices
        return AxisLink.allSame(.input(0), .output(0), axes: axes)
            + AxisLink.allSame(.input(1), .output(0), axes: axes)
    }
}
