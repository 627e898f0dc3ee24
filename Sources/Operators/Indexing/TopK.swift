internal import Graph
internal import Torch

/// The k largest elements along an axis, or the smallest if `largest` is 0, and their positions.
///
/// Equal elements come in the order of their positions. k is an input (an attribute before version 10).
struct TopK: Operator {
    static let type = "TopK"

    private let axis: Int
    private let fixedCount: Int?
    private let takesLargest: Bool
    private let sorts: Bool

    init(attributes: Attributes, signature: OperatorSignature) throws {
        axis = try attributes.integer("axis", default: -1)
        fixedCount = signature.operatorSet < 10 ? try attributes.integer("k", default: -1) : nil
        takesLargest = try attributes.integer("largest", default: 1) != 0
        sorts = try attributes.integer("sorted", default: 1) != 0
        guard signature.outputCount <= 2 else {
            throw GraphError("has at most 2 outputs, got \(signature.outputCount)")
        }
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if axis != -1 { result["axis"] = .integer(axis) }
        if let fixedCount { result["k"] = .integer(fixedCount) }
        if !takesLargest { result["largest"] = .integer(0) }
        if !sorts { result["sorted"] = .integer(0) }
        return result
    }

    private func count(_ requested: [Int]?, length: Int) throws(GraphError) -> Int {
        guard let count = fixedCount ?? requested?.first, requested?.count ?? 1 == 1, count >= 0,
            count <= length
        else {
            throw GraphError(
                "cannot take \(fixedCount.map { [$0] } ?? requested ?? []) elements of an axis of length \(length)"
            )
        }
        return count
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try ElementDomain.number.require(input.element)
        let axis = try Checked.axis(axis, rank: input.rank)
        var shape = input.shape
        shape[axis] = try count(fixedCount == nil ? inputs.integers(1) : nil, length: shape[axis])
        return [try .output(input.element, shape), try .output(.int64, shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let axis = try Checked.axis(axis, rank: input.rank)
        let count = try count(
            fixedCount == nil ? inputs.required(1).integers() : nil, length: input.shape[axis])
        let sorted = try input.sorted(axis: axis, descending: takesLargest)
        return [
            try sorted.values.sliced(axis: axis, 0..<count),
            try sorted.indices.sliced(axis: axis, 0..<count),
        ]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let rank = try inputs.type(0).rank
        let axis = try Checked.axis(axis, rank: rank)
        return outputs.indices.flatMap { index in
            AxisLink.allSame(.input(0), .output(index), axes: (0..<rank).filter { $0 != axis })
        }
    }
}
