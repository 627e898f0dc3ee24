internal import Graph
internal import Torch

/// A depthwise convolution of sequences that sees only the present and the past, and returns the state for
/// the next call.
///
/// The inputs are x [n, c, length], w [c, 1, k], b [c] and the past [n, c, k - 1], zeros by default; the
/// outputs are y [n, c, length], optionally y sigmoid(y), and the last k - 1 positions of past and input.
struct CausalConvWithState: Operator {
    static let type = "CausalConvWithState"

    private enum Activation: String, CaseIterable {
        case none, silu, swish
    }

    private let activation: Activation
    private let outputCount: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        activation = try attributes.choice("activation", default: Activation.none)
        outputCount = max(signature.outputCount, 1)
        guard outputCount <= 2 else { throw GraphError("has at most 2 outputs, got \(outputCount)") }
    }

    var attributes: Attributes {
        activation == .none ? [:] : ["activation": .string(activation.rawValue)]
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (input, weight) = (try inputs.type(0), try inputs.type(1))
        try ElementDomain.real.require(input.element)
        try input.requireRank(3...3, "the input")
        try weight.requireRank(3...3, "the weight")
        let (channels, taps) = (input.shape[1], weight.shape[2])
        guard taps >= 1, channels >= 1 else { throw GraphError("nothing to convolve: \(weight.shape)") }
        try weight.requireShape([channels, 1, taps], "the weight")
        try inputs.optionalType(2)?.requireShape([channels], "the bias")
        let state = [input.shape[0], channels, taps - 1]
        try inputs.optionalType(3)?.requireShape(state, "the past")
        for index in 1..<4 {
            try inputs.optionalType(index)?.requireElement(input.element, "input \(index)")
        }
        return try Array(
            [.output(input.element, input.shape), .output(input.element, state)].prefix(outputCount))
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (input, weight) = (try inputs.required(0), try inputs.required(1))
        guard input.rank == 3, weight.rank == 3, weight.shape[2] >= 1 else {
            throw GraphError("weight \(weight.shape) does not fit input \(input.shape)")
        }
        let before = weight.shape[2] - 1
        let whole =
            try inputs.optional(3).map { try Tensor.concatenated([$0, input], axis: 2) }
            ?? input.padded([(0, 0), (0, 0), (before, 0)])
        let geometry = Tensor.ConvolutionGeometry(
            stride: [1], padding: [0], dilation: [1], groups: input.shape[1])
        var result = try whole.inSinglePrecision().convolved(
            weight: weight.inSinglePrecision(), bias: inputs.optional(2)?.inSinglePrecision(),
            geometry: geometry)
        if activation != .none {
            result = try result.converted(to: input.type).inSinglePrecision().applying(.silu)
        }
        let length = whole.shape[2]
        let state = try whole.sliced(axis: 2, (length - before)..<length)
        return try Array([result.converted(to: input.type), state].prefix(outputCount))
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        var links: [AxisLink] = [
            .same(.input(0, 0), .output(0, 0)), .same(.input(0, 1), .output(0, 1)),
            AxisLink(.input(1, 0), .output(0, 1), role: .perChannel),
        ]
        if inputs.optionalType(2) != nil { links.append(AxisLink(.input(2, 0), .output(0, 1), role: .bias)) }
        let state =
            (inputs.optionalType(3) == nil ? [] : [AxisReference.Slot.input(3)])
            + (outputs.count > 1 ? [.output(1)] : [])
        return links + state.flatMap { AxisLink.allSame($0, .output(0), axes: 0..<2) }
    }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        guard let taps = inputs.optionalType(1)?.shape.last, let output = outputs.first else {
            return OperatorCost()
        }
        return OperatorCost(multiplyAccumulates: Checked.saturatingProduct(output.shape + [taps]))
    }
}
