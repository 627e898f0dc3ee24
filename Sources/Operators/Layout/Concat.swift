internal import Graph
internal import Torch

/// Joins tensors along an axis.
struct Concat: Operator {
    static let type = "Concat"

    private let axis: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        guard signature.inputCount >= 1 else { throw GraphError("needs at least 1 input") }
        guard attributes["axis"] != nil || signature.operatorSet < 4 else {
            throw GraphError("attribute axis is missing")
        }
        axis = try attributes.integer("axis", default: 1)
    }

    var attributes: Attributes { ["axis": .integer(axis)] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let first = try inputs.type(0)
        let axis = try Checked.axis(axis, rank: first.rank)
        var result = first
        for index in 1..<max(inputs.count, 1) {
            let next = try inputs.type(index)
            try next.requireElement(first.element, "input \(index)")
            try next.requireRank(first.rank...first.rank, "input \(index)")
            let length = next.shape[axis]
            var expected = first.shape
            expected[axis] = length
            try next.requireShape(expected, "input \(index)")
            result.shape[axis] = try Checked.sum(result.shape[axis], length)
        }
        return [try .output(result.element, result.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let parts = try inputs.indices.map { try inputs.required($0) }
        let axis = try Checked.axis(axis, rank: inputs.required(0).rank)
        return [try Tensor.concatenated(parts, axis: axis)]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .arrangement }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        guard let output = outputs.first else { return [] }
        let joined = try Checked.axis(axis, rank: output.rank)
        var links: [AxisLink] = []
        var offset = 0
        for index in 0..<inputs.count {
            links += AxisLink.allSame(
                .input(index), .output(0), axes: output.shape.indices.filter { $0 != joined },
                role: .bias)
            let length = try inputs.type(index).shape[joined]
            links += AxisLink.run(
                .input(index, joined), from: 0, .output(0, joined), from: offset, count: length,
                role: .bias)
            // The sum is the output's length.
            offset += length
        }
        return links
    }
}
