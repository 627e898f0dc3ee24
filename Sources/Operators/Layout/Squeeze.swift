internal import Graph
internal import Torch

/// Drops axes of length 1: the named ones, or all.
struct Squeeze: Operator {
    static let type = "Squeeze"

    private let axes: AxisList

    init(attributes: Attributes, signature: OperatorSignature) throws {
        axes = try AxisList(attributes, signature, inputSince: 13)
    }

    var attributes: Attributes { axes.attributes }

    /// Returns the axes that are kept.
    private func keptAxes(_ requested: [Int]?, shape: [Int]) throws(GraphError) -> [Int] {
        guard let requested else { return shape.indices.filter { shape[$0] != 1 } }
        let dropped = try AxisList.resolved(requested, rank: shape.count)
        if let long = dropped.first(where: { shape[$0] != 1 }) {
            throw GraphError("axis \(long) of shape \(shape) is not of length 1 and cannot be dropped")
        }
        return shape.indices.filter { !dropped.contains($0) }
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        let kept = try keptAxes(axes.requested(inputs), shape: input.shape)
        return [try .output(input.element, kept.map { input.shape[$0] })]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let shape = input.shape
        return [try input.reshaped(keptAxes(axes.requested(inputs), shape: shape).map { shape[$0] })]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .arrangement }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        // If no axis is named, one that shrinks to length 1 would be dropped too.
        guard let requested = try axes.requested(inputs) else { return [] }
        return try keptAxes(requested, shape: inputs.type(0).shape).enumerated().map {
            .same(.input(0, $0.element), .output(0, $0.offset))
        }
    }

    func constants(yielding output: Tensor, _ inputs: OperatorInputs) throws -> [Int: Tensor]? {
        [0: try output.reshaped(inputs.type(0).shape)]
    }
}

/// Adds axes of length 1 at the named positions of the output.
struct Unsqueeze: Operator {
    static let type = "Unsqueeze"

    private let axes: AxisList

    init(attributes: Attributes, signature: OperatorSignature) throws {
        axes = try AxisList(attributes, signature, inputSince: 13)
        guard axes.isInput || axes.fixed != nil else { throw GraphError("attribute axes is missing") }
    }

    var attributes: Attributes { axes.attributes }

    /// Returns, for every axis of the output, the input's axis; nil for a new one.
    private func sources(_ requested: [Int]?, rank: Int) throws(GraphError) -> [Int?] {
        guard let requested else { throw GraphError("input 1 is missing") }
        let added = try AxisList.resolved(requested, rank: try Checked.sum(rank, requested.count))
        var next = 0
        return (0..<(rank + added.count)).map { axis in
            guard !added.contains(axis) else { return nil }
            defer { next += 1 }
            return next
        }
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        let sources = try sources(axes.requested(inputs), rank: input.rank)
        return [try .output(input.element, sources.map { $0.map { input.shape[$0] } ?? 1 })]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let shape = input.shape
        let sources = try sources(axes.requested(inputs), rank: shape.count)
        return [try input.reshaped(sources.map { $0.map { shape[$0] } ?? 1 })]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .arrangement }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        try sources(axes.requested(inputs), rank: inputs.type(0).rank).enumerated().compactMap {
            position, source in
            source.map { .same(.input(0, $0), .output(0, position)) }
        }
    }

    func constants(yielding output: Tensor, _ inputs: OperatorInputs) throws -> [Int: Tensor]? {
        [0: try output.reshaped(inputs.type(0).shape)]
    }
}
