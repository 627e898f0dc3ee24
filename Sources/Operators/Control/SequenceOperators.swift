internal import Graph
internal import Torch

/// A sequence of the inputs.
struct SequenceConstruct: SequenceOperator {
    static let type = "SequenceConstruct"
    init(_ attributes: Attributes) throws {}

    func result(_ inputs: [Tensor?]) throws -> Tensor {
        let tensors = try inputs.indices.map { try inputs.required($0) }
        return try PackedSequence.packed(tensors, on: tensors.first?.device ?? .cpu)
    }
}

/// A sequence without tensors.
struct SequenceEmpty: SequenceOperator {
    static let type = "SequenceEmpty"

    init(_ attributes: Attributes) throws {
        _ = try attributes.elementType("dtype")
    }

    func result(_ inputs: [Tensor?]) throws -> Tensor { try PackedSequence.packed([], on: .cpu) }
}

/// The number of tensors of a sequence.
struct SequenceLength: SequenceOperator {
    static let type = "SequenceLength"
    init(_ attributes: Attributes) throws {}

    func result(_ inputs: [Tensor?]) throws -> Tensor {
        try Tensor([PackedSequence.tensors(of: inputs.required(0)).count], shape: [])
    }
}

/// One tensor of a sequence; a negative position counts from the end.
struct SequenceAt: SequenceOperator {
    static let type = "SequenceAt"
    init(_ attributes: Attributes) throws {}

    func result(_ inputs: [Tensor?]) throws -> Tensor {
        let tensors = try PackedSequence.tensors(of: inputs.required(0))
        let position = try SequencePosition.value(inputs.required(1))
        return tensors[try Checked.axis(position, rank: tensors.count, name: "the position")]
    }
}

/// A sequence with a tensor inserted before a position, by default at the end.
struct SequenceInsert: SequenceOperator {
    static let type = "SequenceInsert"
    init(_ attributes: Attributes) throws {}

    func result(_ inputs: [Tensor?]) throws -> Tensor {
        let packed = try inputs.required(0)
        var tensors = try PackedSequence.tensors(of: packed)
        let position = try inputs.optional(2).map(SequencePosition.value) ?? tensors.count
        // The end is a valid position too.
        let place =
            position == tensors.count
            ? position : try Checked.axis(position, rank: tensors.count, name: "the position")
        tensors.insert(try inputs.required(1), at: place)
        return try PackedSequence.packed(tensors, on: packed.device)
    }
}

/// A sequence without the tensor at a position, by default the last.
struct SequenceErase: SequenceOperator {
    static let type = "SequenceErase"
    init(_ attributes: Attributes) throws {}

    func result(_ inputs: [Tensor?]) throws -> Tensor {
        let packed = try inputs.required(0)
        var tensors = try PackedSequence.tensors(of: packed)
        let position = try inputs.optional(1).map(SequencePosition.value) ?? -1
        tensors.remove(at: try Checked.axis(position, rank: tensors.count, name: "the position"))
        return try PackedSequence.packed(tensors, on: packed.device)
    }
}

/// A sequence of the parts of an axis: of given lengths, of one length, or of length 1, optionally without
/// the axis.
struct SplitToSequence: SequenceOperator {
    static let type = "SplitToSequence"

    private let axis: Int
    private let keepsAxis: Bool

    init(_ attributes: Attributes) throws {
        axis = try attributes.integer("axis", default: 0)
        keepsAxis = try attributes.flag("keepdims", default: true)
    }

    func result(_ inputs: [Tensor?]) throws -> Tensor {
        let input = try inputs.required(0)
        let axis = try Checked.axis(axis, rank: input.rank)
        let length = input.shape[axis]
        guard let requested = inputs.optional(1) else {
            return try PackedSequence.packed(
                (0..<length).map {
                    try keepsAxis
                        ? input.sliced(axis: axis, $0..<($0 + 1))
                        : ControlFlow.slice(input, axis: axis, at: $0)
                }, on: input.device)
        }
        var lengths = try requested.integers()
        if requested.rank == 0, let each = lengths.first {
            guard each >= 1 else { throw GraphError("parts must have a length, got \(each)") }
            lengths = stride(from: 0, to: length, by: each).map { min(each, length - $0) }
        }
        var start = 0
        var parts: [Tensor] = []
        for part in lengths {
            guard part >= 0, part <= length - start else {
                throw GraphError("parts of \(lengths) do not make up an axis of length \(length)")
            }
            parts.append(try input.sliced(axis: axis, start..<(start + part)))
            start += part
        }
        guard start == length else {
            throw GraphError("parts of \(lengths) do not make up an axis of length \(length)")
        }
        return try PackedSequence.packed(parts, on: input.device)
    }
}

/// The tensors of a sequence joined along an axis, or stacked along a new one.
struct ConcatFromSequence: SequenceOperator {
    static let type = "ConcatFromSequence"

    private let axis: Int
    private let isNew: Bool

    init(_ attributes: Attributes) throws {
        guard attributes["axis"] != nil else { throw GraphError("attribute axis is missing") }
        axis = try attributes.integer("axis", default: 0)
        isNew = try attributes.flag("new_axis")
    }

    func result(_ inputs: [Tensor?]) throws -> Tensor {
        let tensors = try PackedSequence.tensors(of: inputs.required(0))
        guard let first = tensors.first else { throw GraphError("there is nothing to join") }
        if isNew { return try ControlFlow.stacked(tensors, axis: axis) }
        return try Tensor.concatenated(tensors, axis: Checked.axis(axis, rank: first.rank))
    }
}

/// Positions in sequences.
private enum SequencePosition {
    static func value(_ tensor: Tensor) throws -> Int {
        let values = try tensor.integers()
        guard values.count == 1 else { throw GraphError("a position must be a scalar, got \(values)") }
        return values[0]
    }
}

/// An operator that makes or takes a sequence, and has one output.
protocol SequenceOperator: ControlOperator {
    init(_ attributes: Attributes) throws

    /// Computes the output.
    func result(_ inputs: [Tensor?]) throws -> Tensor
}

extension SequenceOperator {
    init(
        attributes: Attributes, subgraphs: [String: any Subgraph], capturedCount: Int,
        signature: OperatorSignature
    ) throws {
        try self.init(attributes)
        guard subgraphs.isEmpty, signature.outputCount <= 1 else {
            throw GraphError("has one output and no graph")
        }
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        ControlFlow.unknownTypes(1, inputs)
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [try result(inputs)]
    }
}
