internal import Graph
internal import Torch

/// Turns blocks of channels [n, b b c, h, w] into larger images [n, c, h b, w b].
///
/// In mode DCR the channel is the last of the factors (row in the block, column, channel), in mode CRD the first one.
struct DepthToSpace: Operator {
    static let type = "DepthToSpace"

    private let blocks: Blocks
    private var block: Int { blocks.edge }

    init(attributes: Attributes, signature: OperatorSignature) throws {
        blocks = try Blocks(attributes)
    }

    var attributes: Attributes { blocks.attributes }

    private func outputShape(_ shape: [Int]) throws(GraphError) -> [Int] {
        let area = try Checked.product([block, block])
        guard shape.count == 4, shape[1] % area == 0 else {
            throw GraphError("shape \(shape) does not have blocks of \(area) channels")
        }
        return [
            shape[0], shape[1] / area, try Checked.product([shape[2], block]),
            try Checked.product([shape[3], block]),
        ]
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        return [try .output(input.element, outputShape(input.shape))]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let (shape, output) = (input.shape, try outputShape(input.shape))
        let (split, order) =
            blocks.isChannelFirst
            ? ([output[1], block, block], [0, 1, 4, 2, 5, 3])
            : ([block, block, output[1]], [0, 3, 4, 1, 5, 2])
        return [
            try input.reshaped([shape[0]] + split + shape[2...]).permuted(order).reshaped(output)
        ]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .arrangement }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let shape = try inputs.type(0).shape
        let output = try outputShape(shape)
        return blocks.links(small: .input(0), large: .output(0), shape, channels: output[1])
    }
}

/// Turns blocks of pixels [n, c, h b, w b] into channels [n, b b c, h, w].
///
/// In mode DCR the channel is the last of the factors (row in the block, column, channel), in mode CRD the first one.
struct SpaceToDepth: Operator {
    static let type = "SpaceToDepth"

    private let blocks: Blocks
    private var block: Int { blocks.edge }

    init(attributes: Attributes, signature: OperatorSignature) throws {
        blocks = try Blocks(attributes)
    }

    var attributes: Attributes { blocks.attributes }

    private func outputShape(_ shape: [Int]) throws(GraphError) -> [Int] {
        guard shape.count == 4, shape[2] % block == 0, shape[3] % block == 0 else {
            throw GraphError("shape \(shape) does not have blocks of \(block) rows and columns")
        }
        return [
            shape[0], try Checked.product([shape[1], block, block]), shape[2] / block, shape[3] / block,
        ]
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        return [try .output(input.element, outputShape(input.shape))]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let output = try outputShape(input.shape)
        return [
            try input.reshaped(Array(input.shape[..<2]) + [output[2], block, output[3], block])
                .permuted(blocks.isChannelFirst ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4]).reshaped(output)
        ]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .arrangement }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let shape = try inputs.type(0).shape
        let output = try outputShape(shape)
        return blocks.links(small: .output(0), large: .input(0), output, channels: shape[1])
    }
}

/// The blocks that move between channels and pixels.
private struct Blocks {
    /// The number of rows, and of columns.
    let edge: Int
    /// Whether the channel is the first of the factors.
    let isChannelFirst: Bool

    init(_ attributes: Attributes) throws(GraphError) {
        edge = try attributes.integer("blocksize", default: 0)
        guard edge >= 1, edge <= 1 << 15 else {
            throw GraphError("attribute blocksize must be in 1...\(1 << 15), got \(edge)")
        }
        switch try attributes.string("mode", default: "DCR") {
        case "DCR": isChannelFirst = false
        case "CRD": isChannelFirst = true
        case let other: throw GraphError("attribute mode must be DCR or CRD, got \(other)")
        }
    }

    var attributes: Attributes {
        var result: Attributes = ["blocksize": .integer(edge)]
        if isChannelFirst { result["mode"] = .string("CRD") }
        return result
    }

    /// Links the small image of many channels, of a shape, with the large one of few.
    func links(
        small: AxisReference.Slot, large: AxisReference.Slot, _ shape: [Int], channels: Int
    ) -> [AxisLink] {
        let (many, few, area) = (small.axis(1), large.axis(1), edge * edge)
        let tied: AxisLink? =
            isChannelFirst
            ? .repeated(many, few, count: channels, times: area)
            : .cyclic(many, few, count: channels, times: area)
        return [.same(small.axis(0), large.axis(0))]
            + [2, 3].compactMap {
                .repeated(large.axis($0), small.axis($0), count: shape[$0], times: edge)
            } + [tied].compactMap { $0 }
    }
}
