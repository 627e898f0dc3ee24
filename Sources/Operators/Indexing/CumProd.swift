internal import Graph
internal import Torch

/// The products of all elements up to each one along an axis.
///
/// `exclusive` leaves out the element itself, `reverse` multiplies from the end.
struct CumProd: Operator {
    static let type = "CumProd"

    private let isExclusive: Bool
    private let isReversed: Bool

    init(attributes: Attributes, signature: OperatorSignature) throws {
        isExclusive = try attributes.flag("exclusive")
        isReversed = try attributes.flag("reverse")
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if isExclusive { result["exclusive"] = .integer(1) }
        if isReversed { result["reverse"] = .integer(1) }
        return result
    }

    private func axis(_ requested: Tensor, rank: Int) throws -> Int {
        let axis = try requested.integers()
        guard axis.count == 1 else { throw GraphError("the axis must be a scalar, got \(axis)") }
        return try Checked.axis(axis[0], rank: rank)
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try ElementDomain.number.require(input.element)
        try IndexTensors.require(inputs.type(1), "the axis")
        if let known = inputs.constant(1) { _ = try axis(known, rank: input.rank) }
        return [try .output(input.element, input.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let axis = try axis(inputs.required(1), rank: input.rank)
        let length = input.shape[axis]
        let ordered = isReversed ? try input.flipped(axes: [axis]) : input
        var products = try ordered.cumulativeProduct(axis: axis)
        if isExclusive, length > 0 {
            var amounts = input.shape.map { _ in (before: 0, after: 0) }
            amounts[axis] = (1, -1)
            products = try products.padded(amounts, mode: .constant(1))
        }
        return [isReversed ? try products.flipped(axes: [axis]) : products]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let rank = try inputs.type(0).rank
        guard let known = inputs.constant(1) else { return [] }
        let axis = try axis(known, rank: rank)
        return AxisLink.allSame(.input(0), .output(0), axes: (0..<rank).filter { $0 != axis })
    }
}
