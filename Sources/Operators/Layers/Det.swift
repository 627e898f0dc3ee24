internal import Graph
internal import Torch

/// The determinants [...] of matrices [..., n, n].
struct Det: Operator {
    static let type = "Det"

    init(attributes: Attributes, signature: OperatorSignature) throws {}

    var attributes: Attributes { [:] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try ElementDomain.real.require(input.element)
        guard input.rank >= 2, input.shape[input.rank - 1] == input.shape[input.rank - 2] else {
            throw GraphError("needs square matrices, got shape \(input.shape)")
        }
        return [try .output(input.element, input.shape.dropLast(2))]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        return [try input.inSinglePrecision().determinants().converted(to: input.type)]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        AxisLink.allSame(.input(0), .output(0), axes: try inputs.type(0).shape.indices.dropLast(2))
    }
}
