internal import Graph
internal import Torch

/// The mean of each window over the spatial axes of [n, c, ...].
struct AveragePool: Operator {
    static let type = "AveragePool"

    private let pooling: PoolingAttributes
    private let countsPadding: Bool

    init(attributes: Attributes, signature: OperatorSignature) throws {
        pooling = try PoolingAttributes(attributes)
        countsPadding = try attributes.integer("count_include_pad", default: 0) != 0
    }

    var attributes: Attributes {
        var result = pooling.attributes
        if countsPadding { result["count_include_pad"] = .integer(1) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        [try pooling.inferredType(inputs.type(0))]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let plan = try pooling.plan(for: input.shape)
        let window = plan.window
        let isDilated = window.dilations.contains { $0 != 1 }
        if let padding = plan.symmetricPadding, !isDilated {
            let geometry = Tensor.PoolingWindow(
                kernel: window.kernel, stride: window.strides, padding: padding, ceiling: pooling.ceiling)
            return [try input.averagePooled(geometry, countingPadding: countsPadding)]
        }
        // The sum and the number of counted elements, each divided by the window's volume, which cancels out.
        let sums = try mean(input.padded(plan.amounts()), window)
        let counted = try plan.countedAmounts(countsPadding: countsPadding)
        let ones = try Tensor(
            repeating: 1, shape: [1, 1] + counted.lengths, type: input.type, device: input.device)
        let share = try mean(ones.padded([(0, 0), (0, 0)] + counted.amounts), window)
        // A window that lies entirely in the padding has the mean 0.
        return [
            try sums.divided(by: share.applying(.clamp(low: 0.5 / Double(window.volume), high: .infinity)))
        ]
    }

    /// Returns the mean of every window of a tensor without padding.
    private func mean(_ input: Tensor, _ window: Window) throws -> Tensor {
        let none = window.kernel.map { _ in 0 }
        guard window.dilations.contains(where: { $0 != 1 }) else {
            let geometry = Tensor.PoolingWindow(kernel: window.kernel, stride: window.strides, padding: none)
            return try input.averagePooled(geometry, countingPadding: true)
        }
        let shape = input.shape
        let images = try Checked.product([shape[0], shape[1]])
        let kernel = try Tensor(
            repeating: 1 / Double(window.volume), shape: [1, 1] + window.kernel, type: input.type,
            device: input.device)
        let geometry = Tensor.ConvolutionGeometry(
            stride: window.strides, padding: none, dilation: window.dilations)
        let result = try input.reshaped([images, 1] + shape[2...])
            .convolved(weight: kernel, bias: nil, geometry: geometry)
        return try result.reshaped([shape[0], shape[1]] + result.shape[2...])
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect {
        .average(count: try pooling.plan(for: inputs.type(0).shape).window.volume)
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        AxisLink.allSame(.input(0), .output(0), axes: 0..<2)
    }
}
