internal import Graph
internal import Torch

/// Copies of the tensor side by side, a given number along each axis.
struct Tile: Operator {
    static let type = "Tile"

    init(attributes: Attributes, signature: OperatorSignature) throws {
        guard signature.operatorSet >= 6 else { throw GraphError("versions before 6 are not supported") }
    }

    var attributes: Attributes { [:] }

    private func checked(_ repeats: [Int], rank: Int) throws(GraphError) -> [Int] {
        guard repeats.count == rank, repeats.allSatisfy({ $0 >= 0 }) else {
            throw GraphError("\(rank) numbers of copies were expected, got \(repeats)")
        }
        return repeats
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        var shape = input.shape
        for (axis, times) in try checked(inputs.integers(1), rank: input.rank).enumerated() {
            shape[axis] = try Checked.product([shape[axis], times])
        }
        return [try .output(input.element, shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let shape = input.shape
        let repeats = try checked(inputs.required(1).integers(), rank: shape.count)
        // Each axis becomes a pair (copies, length).
        let single = shape.flatMap { [1, $0] }
        let copied = zip(repeats, shape).flatMap { [$0, $1] }
        let lengths = try zip(repeats, shape).map { try Checked.product([$0, $1]) }
        return [try input.reshaped(single).expanded(to: copied).reshaped(lengths)]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .arrangement }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let shape = try inputs.type(0).shape
        return try checked(inputs.integers(1), rank: shape.count).enumerated().compactMap { axis, times in
            times == 0
                ? nil : .cyclic(.output(0, axis), .input(0, axis), count: shape[axis], times: times)
        }
    }
}
