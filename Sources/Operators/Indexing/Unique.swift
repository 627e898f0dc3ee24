internal import Graph
internal import Torch

/// The distinct elements, or the distinct slices of an axis, sorted or in order of first occurrence.
///
/// Further outputs are the position of each first occurrence, the index of the distinct element or slice for
/// each of the input's, and the counts. Their number is known only if the input is constant.
struct Unique: Operator {
    static let type = "Unique"

    private let axis: Int?
    private let sorts: Bool
    private let outputCount: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        axis = try attributes.optionalInteger("axis")
        sorts = try attributes.flag("sorted", default: true)
        outputCount = max(signature.outputCount, 1)
        guard outputCount <= 4 else { throw GraphError("has at most 4 outputs, got \(outputCount)") }
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if let axis { result["axis"] = .integer(axis) }
        if !sorts { result["sorted"] = .integer(0) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        if let axis { _ = try Checked.axis(axis, rank: input.rank) }
        return try outputs(inputs.value(0)).map(\.tensorType)
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        try outputs(inputs.required(0))
    }

    private func outputs(_ input: Tensor) throws -> [Tensor] {
        let axis = try axis.map { try Checked.axis($0, rank: input.rank) }
        var (values, inverse, counts) = try input.distinct(axis: axis)
        inverse = try inverse.reshaped([-1])
        var first = [Int](repeating: -1, count: counts.count)
        for (place, which) in try inverse.integers().enumerated() where first[which] < 0 {
            first[which] = place
        }
        if !sorts {
            let order = first.indices.sorted { first[$0] < first[$1] }
            var ranks = [Int](repeating: 0, count: order.count)
            for (rank, which) in order.enumerated() { ranks[which] = rank }
            values = try values.selecting(axis: axis ?? 0, order)
            counts = try counts.selecting(axis: 0, order)
            inverse = try Tensor(ranks).moved(to: input.device).selecting(axis: 0, at: inverse)
            first = order.map { first[$0] }
        }
        return try Array(
            [values, Tensor(first).moved(to: input.device), inverse, counts].prefix(outputCount))
    }
}
