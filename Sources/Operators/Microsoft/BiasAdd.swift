internal import Graph
internal import Torch

/// y[n, s, c] = x[n, s, c] + bias[c] + skip[n, s, c], of ONNX Runtime's domain.
struct BiasAdd: VariadicOperator {
    static let type = "BiasAdd"
    static let domain = Microsoft.domain
    static let role: MemberRole? = .bias

    static func combine(_ left: Tensor, _ right: Tensor) throws -> Tensor { try left.adding(right) }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (input, bias, skip) = (try inputs.type(0), try inputs.type(1), try inputs.type(2))
        try ElementDomain.real.require(input.element)
        try input.requireRank(3...3, "the input")
        try bias.requireShape([input.shape[2]], "the bias")
        try bias.requireElement(input.element, "the bias")
        try skip.requireShape(input.shape, "the skip connection")
        try skip.requireElement(input.element, "the skip connection")
        return [try .output(input.element, input.shape)]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .sum([1, 1, 1]) }
}
