internal import Graph
internal import Torch

/// Convolution of images whose taps are shifted by offsets and scaled by a mask.
///
/// y[n, o, p] = b[o] + sum over c, k of w[o, c, k] mask[n, g, k, p] x[n, c, p stride + k dilation - pad + offset[n, g, k, :, p]],
/// interpolated between pixels, zero outside. The inputs are x [n, in, h, w], w [out, in / group, kh, kw], the offsets
/// [n, g kh kw 2, oh, ow] (y first), b [out], and the mask [n, g kh kw, oh, ow].
struct DeformConv: Operator {
    static let type = "DeformConv"

    private let groups: Int
    private let offsetGroups: Int
    private let window: WindowAttributes

    init(attributes: Attributes, signature: OperatorSignature) throws {
        groups = try attributes.integer("group", default: 1)
        offsetGroups = try attributes.integer("offset_group", default: 1)
        window = try WindowAttributes(attributes)
        guard groups >= 1, offsetGroups >= 1 else {
            throw GraphError("attributes group and offset_group must be positive")
        }
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        window.write(to: &result)
        if groups != 1 { result["group"] = .integer(groups) }
        if offsetGroups != 1 { result["offset_group"] = .integer(offsetGroups) }
        return result
    }

    /// Checks shapes and returns the window and the output's lengths.
    private func plan(
        _ input: [Int], _ weight: [Int], _ offset: [Int], _ bias: [Int]?, _ mask: [Int]?
    ) throws(GraphError) -> (window: Window, lengths: [Int]) {
        guard input.count == 4, weight.count == 4, weight[0] % groups == 0, input[1] % offsetGroups == 0,
            input[1] % groups == 0, weight[1] == input[1] / groups
        else {
            throw GraphError(
                "weight \(weight) in \(groups) groups and \(offsetGroups) of offsets does not fit input \(input)"
            )
        }
        let window = try window.window(kernel: Array(weight[2...]))
        let lengths = try window.outputLengths(for: Array(input[2...]))
        let taps = try Checked.product([offsetGroups, window.volume])
        guard offset == [input[0], try Checked.product([taps, 2])] + lengths else {
            throw GraphError("offsets of shape \(offset) do not fit an output of \(lengths)")
        }
        guard bias ?? [weight[0]] == [weight[0]],
            mask ?? [input[0], taps] + lengths == [input[0], taps] + lengths
        else {
            throw GraphError("the bias or the mask does not fit: \(bias ?? []), \(mask ?? [])")
        }
        return (window, lengths)
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (input, weight) = (try inputs.type(0), try inputs.type(1))
        try ElementDomain.real.require(input.element)
        for index in 1..<5 {
            try inputs.optionalType(index)?.requireElement(input.element, "input \(index)")
        }
        let plan = try plan(
            input.shape, weight.shape, inputs.type(2).shape, inputs.optionalType(3)?.shape,
            inputs.optionalType(4)?.shape)
        return [try .output(input.element, [input.shape[0], weight.shape[0]] + plan.lengths)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (original, weight) = (try inputs.required(0), try inputs.required(1))
        let input = try original.inSinglePrecision()
        let plan = try plan(
            input.shape, weight.shape, inputs.required(2).shape, inputs.optional(3)?.shape,
            inputs.optional(4)?.shape)
        let (shape, taps) = (input.shape, plan.window.volume)
        let places = Checked.saturatingProduct(plan.lengths)
        let blocks = try Checked.product([shape[0], offsetGroups])
        try Checked.requireMade([shape[0], shape[1], taps, places])
        let offset = try inputs.required(2).converted(to: input.type).reshaped([blocks, taps, 2, places])
        func coordinates(_ axis: Int) throws -> Tensor {
            try offset.sliced(axis: 2, axis..<(axis + 1)).reshaped([blocks, taps, places])
                .adding(
                    base(plan.window, plan.lengths, axis).converted(to: input.type).moved(to: input.device)
                )
                .reshaped([blocks, 1, taps * places])
        }
        let images = try input.reshaped([blocks, shape[1] / offsetGroups, shape[2] * shape[3]])
        var columns = try BilinearSampling.sampled(
            images, height: shape[2], width: shape[3], y: coordinates(0), x: coordinates(1))
        if let mask = inputs.optional(4) {
            columns = try columns.multiplied(
                by: mask.converted(to: input.type).reshaped([blocks, 1, taps * places]))
        }
        let each = try Checked.product([shape[1] / groups, taps])
        let kernel = try weight.converted(to: input.type).reshaped([groups, weight.shape[0] / groups, each])
        var result = try kernel.matrixMultiplied(by: columns.reshaped([shape[0], groups, each, places]))
            .reshaped([shape[0], weight.shape[0]] + plan.lengths)
        if let bias = inputs.optional(3) {
            result = try result.adding(bias.converted(to: input.type).reshaped([weight.shape[0], 1, 1]))
        }
        return [try result.converted(to: original.type)]
    }

    /// Returns the positions of the taps without offsets. `[taps, places]`
    private func base(_ window: Window, _ lengths: [Int], _ axis: Int) throws -> Tensor {
        let starts = (0..<(lengths[0] * lengths[1])).map {
            (axis == 0 ? $0 / lengths[1] : $0 % lengths[1]) * window.strides[axis] - window.pads[axis].before
        }
        let taps = (0..<window.volume).map {
            (axis == 0 ? $0 / window.kernel[1] : $0 % window.kernel[1]) * window.dilations[axis]
        }
        return try Tensor(taps, shape: [taps.count, 1]).adding(Tensor(starts, shape: [1, starts.count]))
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        guard groups == 1 else { return [] }
        var links = [AxisLink(.input(1, 0), .output(0, 1), role: .producer)]
        if offsetGroups == 1 { links.append(AxisLink(.input(1, 1), .input(0, 1), role: .consumer)) }
        if inputs.optionalType(3) != nil { links.append(AxisLink(.input(3, 0), .output(0, 1), role: .bias)) }
        return links
    }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        guard let weight = inputs.optionalType(1), let output = outputs.first else { return OperatorCost() }
        return OperatorCost(
            multiplyAccumulates: Checked.saturatingProduct(output.shape + weight.shape.dropFirst()))
    }
}

/// Interpolation between the pixels of images.
enum BilinearSampling {
    /// Returns images [n, c, height width] at points y and x [n, 1, count], zero outside. `[n, c, count]`
    static func sampled(_ images: Tensor, height: Int, width: Int, y: Tensor, x: Tensor) throws -> Tensor {
        // Everything more than one pixel outside is zero; the clamp keeps the conversion to integers defined.
        let rows = try y.applying(.clamp(low: -2, high: Double(height) + 1))
        let columns = try x.applying(.clamp(low: -2, high: Double(width) + 1))
        let (top, left) = (try rows.applying(.floor), try columns.applying(.floor))
        let (down, right) = (try rows.subtracting(top), try columns.subtracting(left))
        var total: Tensor?
        for (lower, further) in [(false, false), (false, true), (true, false), (true, true)] {
            let row = try lower ? top.applying(.adding(1)) : top
            let column = try further ? left.applying(.adding(1)) : left
            let vertical = try lower ? down : down.applying(.negated).applying(.adding(1))
            let horizontal = try further ? right : right.applying(.negated).applying(.adding(1))
            let (ownRow, rowIsInside) = try inside(row, height)
            let (ownColumn, columnIsInside) = try inside(column, width)
            let weight = try vertical.multiplied(by: horizontal).multiplied(by: rowIsInside)
                .multiplied(by: columnIsInside)
            let period = try Tensor([width], shape: []).moved(to: images.device)
            let place = try ownRow.multiplied(by: period).adding(ownColumn)
            let indices = try place.expanded(to: [images.shape[0], images.shape[1], place.shape[2]])
            let part = try images.gathered(axis: 2, indices).multiplied(by: weight)
            total = try total?.adding(part) ?? part
        }
        guard let total else { throw GraphError("nothing to interpolate") }
        return total
    }

    /// Returns positions as integers inside an axis, and 1 for those that were inside, 0 for the others.
    private static func inside(_ positions: Tensor, _ length: Int) throws -> (Tensor, Tensor) {
        let clamped = try positions.applying(.clamp(low: 0, high: Double(max(length - 1, 0))))
        let isInside = try positions.combined(.equal, clamped).converted(to: positions.type)
        return (try clamped.converted(to: .int64), isInside)
    }
}
