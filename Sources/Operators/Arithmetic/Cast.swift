internal import Graph
internal import Torch

/// The elements converted to another type; floats are truncated when they become integers.
struct Cast: Operator {
    static let type = "Cast"

    private let target: DType
    private let saturates: Bool

    init(attributes: Attributes, signature: OperatorSignature) throws {
        guard attributes["to"] != nil else { throw GraphError("attribute to is missing") }
        target = try ElementCode.type(attributes.integer("to", default: 0), attribute: "to")
        saturates = try attributes.integer("saturate", default: 1) != 0
        // It applies to 8-bit elements, which are not supported.
        attributes.ignore("round_mode")
    }

    var attributes: Attributes {
        var result: Attributes = ["to": .integer(ElementCode.code(target))]
        if !saturates { result["saturate"] = .integer(0) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        [try .output(target, inputs.type(0).shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [try inputs.required(0).converted(to: target)]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect {
        target.isFloatingPoint ? .arrangement : .function
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        AxisLink.allSame(.input(0), .output(0), axes: try inputs.type(0).shape.indices)
    }

    func constants(yielding output: Tensor, _ inputs: OperatorInputs) throws -> [Int: Tensor]? {
        let type = try inputs.type(0).element
        guard !type.isFloatingPoint, !target.isFloatingPoint else { return nil }
        return [0: try output.converted(to: type)]
    }
}

/// The elements of the first input as the type of the second.
struct CastLike: Operator {
    static let type = "CastLike"

    private let saturates: Bool

    init(attributes: Attributes, signature: OperatorSignature) throws {
        saturates = try attributes.integer("saturate", default: 1) != 0
        // It applies to 8-bit elements, which are not supported.
        attributes.ignore("round_mode")
    }

    var attributes: Attributes { saturates ? [:] : ["saturate": .integer(0)] }

    /// Only the type of the second input is read.
    var freezesUnlinkedInputs: Bool { false }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        [try .output(inputs.type(1).element, inputs.type(0).shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [try inputs.required(0).converted(to: inputs.required(1).type)]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        AxisLink.allSame(.input(0), .output(0), axes: try inputs.type(0).shape.indices)
    }
}
