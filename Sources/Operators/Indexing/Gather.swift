internal import Graph
internal import Torch

/// Slices of a tensor at the indices of another: the axis is replaced by the axes of the indices.
///
/// An embedding is a table [words, channels] gathered along axis 0.
struct Gather: Operator {
    static let type = "Gather"

    private let axis: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        axis = try attributes.integer("axis", default: 0)
    }

    var attributes: Attributes { axis == 0 ? [:] : ["axis": .integer(axis)] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (data, indices) = (try inputs.type(0), try inputs.type(1))
        let axis = try Checked.axis(axis, rank: data.rank)
        try IndexTensors.require(indices)
        try IndexTensors.check(inputs.constant(1), length: data.shape[axis], axis: axis)
        return [
            try .output(data.element, data.shape[..<axis] + indices.shape + data.shape[(axis + 1)...])
        ]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (data, indices) = (try inputs.required(0), try inputs.required(1))
        let shape = data.shape
        let axis = try Checked.axis(axis, rank: shape.count)
        let counted = try IndexTensors.counted(indices, length: shape[axis]).reshaped([indices.count])
        return [
            try data.selecting(axis: axis, at: counted)
                .reshaped(shape[..<axis] + indices.shape + shape[(axis + 1)...])
        ]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .arrangement }

    func choiceCount(of input: Int, _ inputs: OperatorInputs) throws -> Int? {
        guard input == 1, let table = inputs.constant(0) else { return nil }
        return table.shape[try Checked.axis(axis, rank: table.rank)]
    }

    /// The positions in a constant list of indices, counted from 0; nil if the indices are not such a list.
    private func positions(_ inputs: OperatorInputs, length: Int) throws -> [Int]? {
        guard let indices = inputs.constant(1), indices.rank == 1 else { return nil }
        return try indices.integers().map { $0 < 0 ? $0 + length : $0 }
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let (data, indices) = (try inputs.type(0).shape, try inputs.type(1).shape)
        let axis = try Checked.axis(axis, rank: data.count)
        // The slices of a table are the channels.
        var links = data.indices.filter { $0 != axis }.map {
            AxisLink(
                .input(0, $0), .output(0, $0 < axis ? $0 : $0 + indices.count - 1), role: .producer)
        }
        if let positions = try positions(inputs, length: data[axis]) {
            guard positions.count <= AxisLink.maximumLanes else { return links }
            links.append(
                AxisLink(
                    .input(0, axis), .output(0, axis), role: .producer,
                    lanes: positions.enumerated().map { ($0.element, $0.offset) }))
        } else if inputs.constant(1) == nil {
            links += indices.indices.map { .same(.input(1, $0), .output(0, axis + $0)) }
        }
        return links
    }

    func resizedConstants(_ change: AxisChange) throws -> [Int: Tensor] {
        guard let indices = change.inputs.constant(1) else { return [:] }
        let data = try change.inputs.type(0).shape
        let axis = try Checked.axis(axis, rank: data.count)
        guard change.keptLanes(.input(0, axis)) != nil,
            let positions = try positions(change.inputs, length: data[axis])
        else { return [1: indices] }
        let moved = try change.places(of: positions, readBy: .output(0, axis), on: .input(0, axis))
        return [1: try Tensor(moved).converted(to: indices.type)]
    }
}
