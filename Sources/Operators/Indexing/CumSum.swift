internal import Graph
internal import Torch

/// The sums of all elements up to each one along an axis, which is an input.
///
/// `exclusive` leaves out the element itself, `reverse` sums from the end.
struct CumSum: Operator {
    static let type = "CumSum"

    private let isExclusive: Bool
    private let isReversed: Bool

    init(attributes: Attributes, signature: OperatorSignature) throws {
        isExclusive = try attributes.integer("exclusive", default: 0) != 0
        isReversed = try attributes.integer("reverse", default: 0) != 0
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if isExclusive { result["exclusive"] = .integer(1) }
        if isReversed { result["reverse"] = .integer(1) }
        return result
    }

    private func axis(_ requested: [Int], rank: Int) throws(GraphError) -> Int {
        guard requested.count == 1 else { throw GraphError("the axis must be a scalar, got \(requested)") }
        return try Checked.axis(requested[0], rank: rank)
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try ElementDomain.number.require(input.element)
        _ = try axis(inputs.integers(1), rank: input.rank)
        return [try .output(input.element, input.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let axis = try axis(inputs.required(1).integers(), rank: input.rank)
        let ordered = isReversed ? try input.flipped(axes: [axis]) : input
        var sums = try ordered.cumulativeSum(axis: axis)
        if isExclusive { sums = try sums.subtracting(ordered) }
        return [isReversed ? try sums.flipped(axes: [axis]) : sums]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let rank = try inputs.type(0).rank
        let axis = try axis(inputs.integers(1), rank: rank)
        return AxisLink.allSame(.input(0), .output(0), axes: (0..<rank).filter { $0 != axis })
    }
}
