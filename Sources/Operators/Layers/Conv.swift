package import Graph
package import Torch

/// Convolution over one to three spatial axes.
///
/// y[n, o, p] = b[o] + sum over c, k of w[o, c, k] x[n, g c', p stride + k dilation - pad], for input
/// [n, in, ...], weight [out, in / group, kernel...], bias [out].
package struct Conv: Operator {
    package static let type = "Conv"

    /// The number of groups into which the channels are split.
    package let groups: Int
    private let windowAttributes: WindowAttributes

    package init(attributes: Attributes, signature: OperatorSignature) throws {
        groups = try attributes.integer("group", default: 1)
        guard groups >= 1 else { throw GraphError("attribute group must be at least 1, got \(groups)") }
        windowAttributes = try WindowAttributes(attributes)
    }

    private init(groups: Int, windowAttributes: WindowAttributes) {
        self.groups = groups
        self.windowAttributes = windowAttributes
    }

    /// A convolution of single positions.
    private init(pointwise rank: Int) throws {
        let attributes: Attributes = ["kernel_shape": .integers([Int](repeating: 1, count: rank))]
        try self.init(attributes: attributes, signature: OperatorSignature(inputCount: 3))
    }

    package var attributes: Attributes {
        var result: Attributes = [:]
        windowAttributes.write(to: &result)
        if groups != 1 { result["group"] = .integer(groups) }
        return result
    }

    package var biasInput: Int? { 2 }

    package var takesProgram: Bool { true }

    package func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        let weight = try inputs.type(1)
        try input.requireRank(3...5, "the input of a convolution")
        try ElementDomain.real.require(input.element)
        try weight.requireRank(input.rank...input.rank, "the weight")
        try weight.requireElement(input.element, "the weight")
        let (perGroup, overflow) = weight.shape[1].multipliedReportingOverflow(by: groups)
        guard !overflow, perGroup == input.shape[1] else {
            throw GraphError(
                "weight \(weight.shape) in \(groups) groups does not fit input \(input.shape)")
        }
        guard weight.shape[0] % groups == 0 else {
            throw GraphError("\(weight.shape[0]) output channels do not split into \(groups) groups")
        }
        if let bias = inputs.optionalType(2) {
            try bias.requireShape([weight.shape[0]], "the bias")
            try bias.requireElement(input.element, "the bias")
        }
        let window = try windowAttributes.window(kernel: Array(weight.shape[2...]))
        let lengths = try window.outputLengths(for: Array(input.shape[2...]))
        return [try .output(input.element, [input.shape[0], weight.shape[0]] + lengths)]
    }

    package func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        var input = try inputs.required(0)
        let weight = try inputs.required(1)
        guard input.rank >= 3, weight.rank == input.rank else {
            throw GraphError("weight \(weight.shape) does not fit input \(input.shape)")
        }
        let window = try windowAttributes.window(kernel: Array(weight.shape[2...]))
        var padding = try window.padding(for: Array(input.shape[2...]))
        // libtorch pads both sides equally.
        if padding.contains(where: { $0.before != $0.after }) {
            input = try input.padded([(0, 0), (0, 0)] + padding)
            padding = padding.map { _ in (0, 0) }
        }
        let geometry = Tensor.ConvolutionGeometry(
            stride: window.strides, padding: padding.map(\.before), dilation: window.dilations,
            groups: groups)
        if let program = context.program,
            let result = try input.convolved(
                weight: weight, bias: inputs.optional(2), geometry: geometry, then: program)
        {
            context.program = nil
            return [result]
        }
        return [try input.convolved(weight: weight, bias: inputs.optional(2), geometry: geometry)]
    }

    package func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let channels = try inputs.type(0).shape[1]
        let weight = try inputs.type(1).shape
        var links: [AxisLink] = [.same(.input(0, 0), .output(0, 0))]
        let kind = GroupedChannels(groups: groups, inputs: channels, outputs: weight[0])
        if kind.isDepthwise {
            links.append(AxisLink(.input(1, 0), .output(0, 1), role: .perChannel))
            links += kind.depthwiseLinks(input: .input(0, 1), output: .output(0, 1))
        } else {
            links += kind.tied(.input(1, 1), .input(0, 1), each: weight[1], role: .consumer)
            links.append(AxisLink(.input(1, 0), .output(0, 1), role: .producer))
            links += kind.selfTied(.output(0, 1), count: weight[0])
        }
        if inputs.optionalType(2) != nil {
            links.append(AxisLink(.input(2, 0), .output(0, 1), role: .bias))
        }
        return links
    }

    package func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect {
        let kind = GroupedChannels(
            groups: groups, inputs: try inputs.type(0).shape[1], outputs: try inputs.type(1).shape[0])
        return kind.isDepthwise ? .filter : .unknown
    }

    package func linearLayer(_ inputs: OperatorInputs) throws -> LinearLayer? {
        guard groups == 1, let weight = inputs.constant(1) else { return nil }
        let window = try windowAttributes.window(kernel: Array(weight.shape[2...]))
        return LinearLayer(
            biasInput: 2, weightOutputAxis: 0, outputAxis: 1,
            pointwise: try Conv(pointwise: window.kernel.count),
            positionCount: { input in
                try window.outputLengths(for: Array(input.shape[2...])).reduce(input.shape[0], *)
            }, rows: { try window.patches(of: $0, at: $1) })
    }

    package func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        guard let weight = inputs.optionalType(1), let output = outputs.first else { return OperatorCost() }
        return OperatorCost(
            multiplyAccumulates: Checked.saturatingProduct(output.shape + weight.shape.dropFirst()))
    }

    package func resized(_ change: AxisChange) throws -> Conv {
        let channels = try change.inputs.type(0).shape[1]
        let outputs = try change.inputs.type(1).shape[0]
        let kind = GroupedChannels(groups: groups, inputs: channels, outputs: outputs)
        guard kind.isDepthwise else { return self }
        return Conv(groups: try change.lengthAfter(.input(0, 1)), windowAttributes: windowAttributes)
    }
}
