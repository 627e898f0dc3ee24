internal import Graph
internal import Torch

/// The positions [rank, count] of the elements of a constant that are not zero, in row-major order.
///
/// Of anything but a constant the number of positions is not known beforehand.
struct NonZero: Operator {
    static let type = "NonZero"

    init(attributes: Attributes, signature: OperatorSignature) throws {}

    var attributes: Attributes { [:] }

    private func positions(_ input: Tensor) throws -> Tensor {
        try input.nonzeroPositions().permuted([1, 0])
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        guard let input = inputs.constant(0) else { throw GraphError("input 0 must be a constant") }
        return [try positions(input).tensorType]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [try positions(inputs.required(0))]
    }
}
