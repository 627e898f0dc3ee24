package import Graph
package import Torch

/// Transposed convolution over one to three spatial axes.
///
/// Every input element adds its multiple of the kernel to the output, for input [n, in, ...], weight
/// [in, out / group, kernel...] and bias [out]. An output length is
/// stride (length - 1) + output_padding + (kernel - 1) dilation + 1 - before - after.
package struct ConvTranspose: Operator {
    package static let type = "ConvTranspose"

    /// The number of groups into which the channels are split.
    package let groups: Int
    private let windowAttributes: WindowAttributes
    private let outputPadding: [Int]?
    private let outputLengths: [Int]?

    package init(attributes: Attributes, signature: OperatorSignature) throws {
        groups = try attributes.integer("group", default: 1)
        guard groups >= 1 else { throw GraphError("attribute group must be at least 1, got \(groups)") }
        windowAttributes = try WindowAttributes(attributes)
        outputPadding = try attributes.integers("output_padding")
        outputLengths = try attributes.integers("output_shape")
        let limit = Int(Int32.max)
        if let wrong = outputPadding?.first(where: { $0 < 0 || $0 > limit }) {
            throw GraphError("attribute output_padding must be in 0...\(limit), got \(wrong)")
        }
        if let wrong = outputLengths?.first(where: { $0 < 1 || $0 > limit }) {
            throw GraphError("attribute output_shape must be in 1...\(limit), got \(wrong)")
        }
    }

    private init(_ other: ConvTranspose, groups: Int) {
        self.groups = groups
        windowAttributes = other.windowAttributes
        outputPadding = other.outputPadding
        outputLengths = other.outputLengths
    }

    package var attributes: Attributes {
        var result: Attributes = [:]
        windowAttributes.write(to: &result)
        if groups != 1 { result["group"] = .integer(groups) }
        if let outputPadding, outputPadding.contains(where: { $0 != 0 }) {
            result["output_padding"] = .integers(outputPadding)
        }
        if let outputLengths { result["output_shape"] = .integers(outputLengths) }
        return result
    }

    /// How one spatial axis is computed.
    private struct AxisPlan {
        /// The output's length.
        let length: Int
        /// What is cut off the front of the full result.
        let before: Int
        /// What is cut off its end.
        let after: Int
        /// What the full result has beyond its last tap.
        let extra: Int
    }

    private func plan(_ window: Window, _ lengths: [Int]) throws(GraphError) -> [AxisPlan] {
        guard lengths.count == window.rank else {
            throw GraphError("a kernel over \(window.rank) axes does not fit \(lengths.count) spatial axes")
        }
        for (name, list) in [("output_padding", outputPadding), ("output_shape", outputLengths)] {
            if let list, list.count != window.rank {
                throw GraphError("attribute \(name) must have \(window.rank) entries, got \(list.count)")
            }
        }
        var result: [AxisPlan] = []
        for (axis, length) in lengths.enumerated() {
            result.append(try axisPlan(window, axis, length))
        }
        return result
    }

    private func axisPlan(_ window: Window, _ axis: Int, _ length: Int) throws(GraphError) -> AxisPlan {
        guard length > 0 else { throw GraphError("spatial axis \(axis) is empty") }
        let stride = window.strides[axis]
        var extra = outputPadding?[axis] ?? 0
        let full = try Checked.sum(Checked.product([stride, length - 1]), extra, window.extent(axis))
        var (before, after) = window.pads[axis]
        var wanted = outputLengths?[axis]
        if wanted == nil, window.automatic == .sameUpper || window.automatic == .sameLower {
            wanted = try Checked.product([stride, length])
        }
        if let wanted {
            // For SAME_UPPER the standard puts the odd position at the far side, otherwise at the near one.
            let total = full - wanted
            extra += max(-total, 0)
            let less = max(total, 0) / 2
            let more = max(total, 0) - less
            (before, after) = window.automatic == .sameUpper ? (less, more) : (more, less)
        } else if window.automatic == .valid {
            (before, after) = (0, 0)
        }
        guard extra < max(stride, window.dilations[axis]) else {
            throw GraphError(
                "an output padding of \(extra) on spatial axis \(axis) needs a larger stride or dilation")
        }
        let remaining = try Checked.difference(full, Checked.sum(before, after))
        let output = wanted ?? remaining
        guard output >= 1 else {
            throw GraphError("spatial axis \(axis) of length \(length) would get \(output) positions")
        }
        return AxisPlan(length: output, before: before, after: after, extra: extra)
    }

    package var biasInput: Int? { 2 }

    package func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (input, weight) = (try inputs.type(0), try inputs.type(1))
        try input.requireRank(3...5, "the input of a transposed convolution")
        try ElementDomain.real.require(input.element)
        try weight.requireRank(input.rank...input.rank, "the weight")
        try weight.requireElement(input.element, "the weight")
        guard weight.shape[0] == input.shape[1], input.shape[1] % groups == 0 else {
            throw GraphError("weight \(weight.shape) in \(groups) groups does not fit input \(input.shape)")
        }
        let channels = try Checked.product([weight.shape[1], groups])
        if let bias = inputs.optionalType(2) {
            try bias.requireShape([channels], "the bias")
            try bias.requireElement(input.element, "the bias")
        }
        let window = try windowAttributes.window(kernel: Array(weight.shape[2...]))
        let lengths = try plan(window, Array(input.shape[2...])).map(\.length)
        return [try .output(input.element, [input.shape[0], channels] + lengths)]
    }

    package func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (input, weight) = (try inputs.required(0), try inputs.required(1))
        guard input.rank >= 3, weight.rank == input.rank else {
            throw GraphError("weight \(weight.shape) does not fit input \(input.shape)")
        }
        let window = try windowAttributes.window(kernel: Array(weight.shape[2...]))
        let plan = try plan(window, Array(input.shape[2...]))
        // libtorch cuts both sides equally; the rest is cut off its result.
        let common = plan.map { min($0.before, $0.after) }
        let geometry = Tensor.ConvolutionGeometry(
            stride: window.strides, padding: common, dilation: window.dilations,
            outputPadding: plan.map(\.extra), groups: groups)
        var result = try input.convolved(
            weight: weight, bias: inputs.optional(2), geometry: geometry, transposed: true)
        for (axis, part) in plan.enumerated() where part.before != part.after {
            let start = part.before - common[axis]
            result = try result.sliced(axis: axis + 2, start..<(start + part.length))
        }
        return [result]
    }

    package func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let channels = try inputs.type(0).shape[1]
        let perGroup = try inputs.type(1).shape[1]
        let kind = GroupedChannels(
            groups: groups, inputs: channels, outputs: try Checked.product([perGroup, groups]))
        var links: [AxisLink] = [.same(.input(0, 0), .output(0, 0))]
        if kind.isDepthwise {
            links.append(AxisLink(.input(1, 0), .input(0, 1), role: .perChannel))
            links += kind.depthwiseLinks(input: .input(0, 1), output: .output(0, 1))
        } else {
            links.append(AxisLink(.input(1, 0), .input(0, 1), role: .consumer))
            links += kind.selfTied(.input(0, 1), count: channels)
            links += kind.tied(.input(1, 1), .output(0, 1), each: perGroup, role: .producer)
        }
        if inputs.optionalType(2) != nil {
            links.append(AxisLink(.input(2, 0), .output(0, 1), role: .bias))
        }
        return links
    }

    package func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        guard let input = inputs.optionalType(0), let weight = inputs.optionalType(1), input.rank >= 2 else {
            return OperatorCost()
        }
        return OperatorCost(
            multiplyAccumulates: Checked.saturatingProduct(
                [input.shape[0]] + input.shape.dropFirst(2) + weight.shape))
    }

    package func resized(_ change: AxisChange) throws -> ConvTranspose {
        let kind = GroupedChannels(groups: groups, inputs: try change.inputs.type(0).shape[1], outputs: 0)
        guard kind.isDepthwise else { return self }
        return ConvTranspose(self, groups: try change.lengthAfter(.input(0, 1)))
    }
}
