internal import Graph
internal import Torch

/// The positions [rank, count] of the elements that are not zero, in row-major order.
///
/// Unless the input is constant, their number is unknown until the network runs.
struct NonZero: Operator {
    static let type = "NonZero"

    init(attributes: Attributes, signature: OperatorSignature) throws {}

    var attributes: Attributes { [:] }

    private func positions(_ input: Tensor) throws -> Tensor {
        try input.nonzeroPositions().permuted([1, 0])
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        [try positions(inputs.value(0)).tensorType]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [try positions(inputs.required(0))]
    }
}
