internal import Graph
internal import Torch

/// The greatest element of each window over the spatial axes of [n, c, ...].
struct MaxPool: Operator {
    static let type = "MaxPool"

    private let pooling: PoolingAttributes

    init(attributes: Attributes, signature: OperatorSignature) throws {
        pooling = try PoolingAttributes(attributes)
        guard signature.outputCount <= 1 else {
            throw GraphError("the second output, the positions of the maxima, is not supported")
        }
    }

    var attributes: Attributes { pooling.attributes }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        [try pooling.inferredType(inputs.type(0))]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let plan = try pooling.plan(for: input.shape)
        let window = plan.window
        if let padding = plan.symmetricPadding {
            let geometry = Tensor.PoolingWindow(
                kernel: window.kernel, stride: window.strides, padding: padding, ceiling: pooling.ceiling)
            return [try input.maxPooled(geometry, dilation: window.dilations)]
        }
        let padded = try input.padded(plan.amounts(), mode: .constant(-.infinity))
        let geometry = Tensor.PoolingWindow(
            kernel: window.kernel, stride: window.strides, padding: window.kernel.map { _ in 0 })
        return [try padded.maxPooled(geometry, dilation: window.dilations)]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect {
        .maximum(count: try pooling.plan(for: inputs.type(0).shape).window.volume)
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        AxisLink.allSame(.input(0), .output(0), axes: 0..<2)
    }
}
