internal import Graph
internal import Torch

/// Turns blocks of channels [n, b b c, h, w] into larger images [n, c, h b, w b].
///
/// In mode DCR the channel is the last of the factors (row in the block, column, channel), in mode CRD the first one.
struct DepthToSpace: Operator {
    static let type = "DepthToSpace"

    private let block: Int
    private let isChannelFirst: Bool

    init(attributes: Attributes, signature: OperatorSignature) throws {
        block = try BlockSize.read(attributes)
        switch try attributes.string("mode", default: "DCR") {
        case "DCR": isChannelFirst = false
        case "CRD": isChannelFirst = true
        case let other: throw GraphError("attribute mode must be DCR or CRD, got \(other)")
        }
    }

    var attributes: Attributes {
        var result: Attributes = ["blocksize": .integer(block)]
        if isChannelFirst { result["mode"] = .string("CRD") }
        return result
    }

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
            isChannelFirst
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
        let channels: AxisLink? =
            isChannelFirst
            ? .repeated(.input(0, 1), .output(0, 1), count: output[1], times: block * block)
            : .cyclic(.input(0, 1), .output(0, 1), count: output[1], times: block * block)
        return BlockSize.spatialLinks(small: .input(0), large: .output(0), shape, block: block)
            + (channels.map { [$0] } ?? [])
    }
}

/// Turns blocks of pixels [n, c, h b, w b] into channels [n, b b c, h, w], the channel being the last of their factors.
struct SpaceToDepth: Operator {
    static let type = "SpaceToDepth"

    private let block: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        block = try BlockSize.read(attributes)
    }

    var attributes: Attributes { ["blocksize": .integer(block)] }

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
                .permuted([0, 3, 5, 1, 2, 4]).reshaped(output)
        ]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .arrangement }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let shape = try inputs.type(0).shape
        let output = try outputShape(shape)
        let channels = AxisLink.cyclic(
            .output(0, 1), .input(0, 1), count: shape[1], times: block * block)
        return BlockSize.spatialLinks(small: .output(0), large: .input(0), output, block: block)
            + (channels.map { [$0] } ?? [])
    }
}

/// The edge of the blocks that move between channels and pixels.
private enum BlockSize {
    static func read(_ attributes: Attributes) throws(GraphError) -> Int {
        let block = try attributes.integer("blocksize", default: 0)
        guard block >= 1, block <= 1 << 15 else {
            throw GraphError("attribute blocksize must be in 1...\(1 << 15), got \(block)")
        }
        return block
    }

    /// Links images, and rows and columns of an image with the blocks of rows and columns that they become.
    static func spatialLinks(
        small: AxisReference.Slot, large: AxisReference.Slot, _ shape: [Int], block: Int
    ) -> [AxisLink] {
        [.same(small.axis(0), large.axis(0))]
            + [2, 3].compactMap {
                .repeated(large.axis($0), small.axis($0), count: shape[$0], times: block)
            }
    }
}
