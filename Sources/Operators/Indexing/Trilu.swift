internal import Graph
internal import Torch

/// Matrices [..., n, m] with zeros below their k-th diagonal, or above it if `upper` is 0.
struct Trilu: Operator {
    static let type = "Trilu"

    private let keepsUpper: Bool

    init(attributes: Attributes, signature: OperatorSignature) throws {
        keepsUpper = try attributes.integer("upper", default: 1) != 0
    }

    var attributes: Attributes { keepsUpper ? [:] : ["upper": .integer(0)] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        guard input.rank >= 2 else { throw GraphError("needs a matrix, got shape \(input.shape)") }
        if let diagonal = inputs.optionalType(1), diagonal.count != 1 {
            throw GraphError("the diagonal must be a scalar, got shape \(diagonal.shape)")
        }
        return [try .output(input.element, input.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let shape = input.shape
        guard shape.count >= 2 else { throw GraphError("needs a matrix, got shape \(shape)") }
        let diagonal = try inputs.optional(1)?.integers().first ?? 0
        let mask = try Diagonals.compared(
            keepsUpper ? .greaterOrEqual : .lessOrEqual, rows: shape[shape.count - 2],
            columns: shape[shape.count - 1], diagonal: diagonal, on: input.device)
        let zero = try Tensor(repeating: 0, shape: [], type: input.type, device: input.device)
        return [try mask.choosing(input, zero)]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        AxisLink.allSame(.input(0), .output(0), axes: try inputs.type(0).shape.indices.dropLast(2))
    }
}
