internal import Graph
internal import Torch

/// A matrix of the input's shape with ones on its k-th diagonal and zeros elsewhere.
struct EyeLike: Operator {
    static let type = "EyeLike"

    private let diagonal: Int
    private let element: DType?

    init(attributes: Attributes, signature: OperatorSignature) throws {
        diagonal = try attributes.integer("k", default: 0)
        element =
            attributes["dtype"] == nil
            ? nil : try ElementCode.type(attributes.integer("dtype", default: 0), attribute: "dtype")
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if diagonal != 0 { result["k"] = .integer(diagonal) }
        if let element { result["dtype"] = .integer(ElementCode.code(element)) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try input.requireRank(2...2, "the input")
        return [try .output(element ?? input.element, input.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        return [
            try Diagonals.compared(
                .equal, rows: input.shape[0], columns: input.shape[1], diagonal: diagonal, on: input.device
            ).converted(to: element ?? input.type)
        ]
    }
}

/// Masks of a matrix's diagonals.
enum Diagonals {
    /// Returns a mask of the places where column - row has a given relation to a diagonal's number.
    /// `[rows, columns]`
    static func compared(
        _ relation: Tensor.BinaryFunction, rows: Int, columns: Int, diagonal: Int, on device: Device
    ) throws -> Tensor {
        // Diagonals beyond the corners are all alike.
        let limit = try Checked.sum(rows, columns)
        let number = try Tensor([min(max(diagonal, -limit), limit)], shape: [])
        return try Tensor(Array(0..<columns), shape: [1, columns])
            .subtracting(Tensor(Array(0..<rows), shape: [rows, 1]))
            .combined(relation, number).moved(to: device)
    }
}
