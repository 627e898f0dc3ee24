internal import Graph
internal import Torch

/// The positions of an axis, or of all elements in row-major order, where a condition holds.
///
/// A condition shorter than the axis ends it. The number of positions is known only if the condition is
/// constant.
struct Compress: Operator {
    static let type = "Compress"

    private let axis: Int?

    init(attributes: Attributes, signature: OperatorSignature) throws {
        axis = try attributes.optionalInteger("axis")
    }

    var attributes: Attributes { axis.map { ["axis": .integer($0)] } ?? [:] }

    private func positions(_ condition: Tensor, length: Int) throws -> [Int] {
        let positions = try condition.reshaped([-1]).nonzeroPositions().integers()
        guard positions.last ?? 0 < max(length, 1) else {
            throw GraphError("a condition of \(condition.count) does not fit a length of \(length)")
        }
        return positions
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (input, condition) = (try inputs.type(0), try inputs.type(1))
        try condition.requireElement(.bool, "the condition")
        try condition.requireRank(1...1, "the condition")
        let axis = try axis.map { try Checked.axis($0, rank: input.rank) }
        let length = try axis.map { input.shape[$0] } ?? Checked.product(input.shape)
        let count = try positions(inputs.value(1), length: length).count
        var shape = input.shape
        if let axis { shape[axis] = count } else { shape = [count] }
        return [try .output(input.element, shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        var input = try inputs.required(0)
        if axis == nil { input = try input.reshaped([-1]) }
        let axis = try Checked.axis(axis ?? 0, rank: input.rank)
        return [
            try input.selecting(
                axis: axis, positions(inputs.required(1), length: input.shape[axis]))
        ]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .arrangement }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        guard let axis else { return [] }
        let rank = try inputs.type(0).rank
        let own = try Checked.axis(axis, rank: rank)
        return AxisLink.allSame(.input(0), .output(0), axes: (0..<rank).filter { $0 != own })
    }
}
