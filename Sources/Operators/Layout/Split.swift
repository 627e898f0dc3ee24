internal import Graph
internal import Torch

/// Cuts an axis into consecutive parts.
///
/// The lengths are an input (an attribute before version 13). Without them the parts are equal, the last one
/// shorter if `num_outputs` (version 18) does not divide the length.
struct Split: Operator {
    static let type = "Split"

    private let axis: Int
    private let sizes: [Int]?
    private let partCount: Int
    private let declaresPartCount: Bool

    init(attributes: Attributes, signature: OperatorSignature) throws {
        axis = try attributes.integer("axis", default: 0)
        sizes = signature.operatorSet < 13 ? try attributes.integers("split") : nil
        declaresPartCount = attributes["num_outputs"] != nil
        partCount = try attributes.integer("num_outputs", default: signature.outputCount)
        guard partCount >= 1, partCount == signature.outputCount else {
            throw GraphError(
                "attribute num_outputs is \(partCount), but there are \(signature.outputCount) outputs")
        }
        if let sizes { try Self.check(sizes, count: partCount) }
    }

    private init(_ other: Split, sizes: [Int]) {
        axis = other.axis
        self.sizes = sizes
        partCount = other.partCount
        declaresPartCount = other.declaresPartCount
    }

    private static func check(_ sizes: [Int], count: Int) throws(GraphError) {
        guard sizes.count == count, sizes.allSatisfy({ $0 >= 0 }) else {
            throw GraphError("\(count) non-negative lengths were expected, got \(sizes)")
        }
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if axis != 0 { result["axis"] = .integer(axis) }
        if let sizes { result["split"] = .integers(sizes) }
        if declaresPartCount { result["num_outputs"] = .integer(partCount) }
        return result
    }

    /// Returns the lengths of the parts of an axis.
    private func partLengths(_ requested: [Int]?, length: Int) throws(GraphError) -> [Int] {
        if let requested = sizes ?? requested {
            try Self.check(requested, count: partCount)
            var total = 0
            for size in requested { total = try Checked.sum(total, size) }
            guard total == length else {
                throw GraphError("parts of \(requested) do not make up an axis of length \(length)")
            }
            return requested
        }
        guard declaresPartCount || length % partCount == 0 else {
            throw GraphError("an axis of length \(length) does not split into \(partCount) equal parts")
        }
        let each = Checked.ceilingQuotient(length, partCount)
        let before = try Checked.product([each, partCount - 1])
        guard before <= length else {
            throw GraphError("an axis of length \(length) is too short for \(partCount) parts")
        }
        return [Int](repeating: each, count: partCount - 1) + [length - before]
    }

    private func lengths(_ inputs: OperatorInputs) throws -> [Int] {
        let input = try inputs.type(0)
        let axis = try Checked.axis(axis, rank: input.rank)
        let requested = inputs.optionalType(1) == nil || sizes != nil ? nil : try inputs.integers(1)
        return try partLengths(requested, length: input.shape[axis])
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        let axis = try Checked.axis(axis, rank: input.rank)
        return try lengths(inputs).map {
            var shape = input.shape
            shape[axis] = $0
            return try .output(input.element, shape)
        }
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let axis = try Checked.axis(axis, rank: input.rank)
        let requested = sizes == nil ? try inputs.optional(1)?.integers() : nil
        var start = 0
        return try partLengths(requested, length: input.shape[axis]).map { length in
            defer { start += length }
            return try input.sliced(axis: axis, start..<(start + length))
        }
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .arrangement }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let rank = try inputs.type(0).rank
        let axis = try Checked.axis(axis, rank: rank)
        var links = outputs.indices.flatMap { index in
            AxisLink.allSame(.input(0), .output(index), axes: (0..<rank).filter { $0 != axis })
        }
        let lengths = try lengths(inputs)
        let isImplicit = sizes == nil && inputs.optionalType(1) == nil
        // Without explicit lengths the parts must stay equal, so all keep the same lanes.
        if isImplicit {
            guard Set(lengths).count == 1 else { return links }
            links += outputs.indices.dropFirst().map { .same(.output($0, axis), .output(0, axis)) }
        }
        var start = 0
        for (index, length) in lengths.enumerated() where index < outputs.count {
            links += AxisLink.run(.output(index, axis), from: 0, .input(0, axis), from: start, count: length)
            start += length
        }
        return links
    }

    private func resizedLengths(_ change: AxisChange) throws -> [Int] {
        let input = try change.inputs.type(0)
        let axis = try Checked.axis(axis, rank: input.rank)
        let kept = change.keptLanes(.input(0, axis))
        var start = 0
        return try lengths(change.inputs).map { length in
            defer { start += length }
            guard let kept else { return length }
            return kept.count { $0 >= start && $0 < start + length }
        }
    }

    func resized(_ change: AxisChange) throws -> Split {
        sizes == nil ? self : Split(self, sizes: try resizedLengths(change))
    }

    func resizedConstants(_ change: AxisChange) throws -> [Int: Tensor] {
        guard sizes == nil, change.inputs.optionalType(1) != nil else { return [:] }
        let lengths = try resizedLengths(change)
        return [1: try Tensor(lengths)]
    }
}
