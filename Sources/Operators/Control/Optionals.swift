internal import Graph
internal import Torch

/// An optional of a tensor, represented by the tensor itself.
struct OptionalValue: Operator {
    static let type = "Optional"

    init(attributes: Attributes, signature: OperatorSignature) throws {
        guard signature.inputCount == 1 else {
            throw GraphError("an optional without a tensor is not supported")
        }
    }

    var attributes: Attributes { [:] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        return [try .output(input.element, input.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [try inputs.required(0)]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .arrangement }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        AxisLink.allSame(.input(0), .output(0), axes: try inputs.type(0).shape.indices)
    }
}

/// The tensor of an optional, which must not be empty.
struct OptionalGetElement: Operator {
    static let type = "OptionalGetElement"

    init(attributes: Attributes, signature: OperatorSignature) throws {}

    var attributes: Attributes { [:] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        return [try .output(input.element, input.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [try inputs.required(0)]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .arrangement }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        AxisLink.allSame(.input(0), .output(0), axes: try inputs.type(0).shape.indices)
    }
}

/// Whether an optional holds a tensor.
struct OptionalHasElement: Operator {
    static let type = "OptionalHasElement"

    init(attributes: Attributes, signature: OperatorSignature) throws {}

    var attributes: Attributes { [:] }

    /// The input's contents are not read.
    var freezesUnlinkedInputs: Bool { false }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        _ = inputs.optionalType(0)
        return [TensorType(.bool, [])]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [try Tensor(repeating: inputs.optional(0) == nil ? 0 : 1, shape: [], type: .bool)]
    }
}
