internal import Graph
internal import Torch

/// The mean over all spatial axes of [n, c, ...], which are kept with length 1.
struct GlobalAveragePool: GlobalPooling {
    static let type = "GlobalAveragePool"
    static let reduction = Tensor.Reduction.mean

    init(attributes: Attributes, signature: OperatorSignature) throws {}
}

/// The largest element over all spatial axes of [n, c, ...], which are kept with length 1.
struct GlobalMaxPool: GlobalPooling {
    static let type = "GlobalMaxPool"
    static let reduction = Tensor.Reduction.maximum

    init(attributes: Attributes, signature: OperatorSignature) throws {}
}

/// An operator that reduces all spatial axes of [n, c, ...] to length 1.
protocol GlobalPooling: Operator {
    /// The reduction.
    static var reduction: Tensor.Reduction { get }
}

extension GlobalPooling {
    var attributes: Attributes { [:] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try ElementDomain.real.require(input.element)
        try input.requireRank(3...8, "the input of a global pooling")
        guard !input.shape[2...].contains(0) else {
            throw GraphError("nothing to pool over in shape \(input.shape)")
        }
        return [
            try .output(input.element, Array(input.shape[..<2]) + input.shape[2...].map { _ in 1 })
        ]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        guard input.rank >= 3 else { throw GraphError("a global pooling cannot take shape \(input.shape)") }
        return [try input.reduced(Self.reduction, axes: Array(2..<input.rank), keepingAxes: true)]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect {
        let count = Checked.saturatingProduct(Array(try inputs.type(0).shape.dropFirst(2)))
        return switch Self.reduction {
        case .mean: .average(count: count)
        case .maximum: .maximum(count: count)
        default: .unknown
        }
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        AxisLink.allSame(.input(0), .output(0), axes: 0..<2)
    }
}
