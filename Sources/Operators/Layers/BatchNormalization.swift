package import Graph
package import Torch

/// Normalisation of each channel by its mean and variance.
///
/// y = (x - mean) / sqrt(variance + epsilon) scale + shift for x [n, c, ...] and four vectors [c]. In training the
/// batch's own mean and variance are used, and new running statistics are reported for inputs 3 and 4.
package struct BatchNormalization: Operator {
    package static let type = "BatchNormalization"

    /// The number added to the variance.
    package let epsilon: Float
    /// The share of the running statistics that an update keeps (PyTorch's momentum is 1 minus this).
    package let momentum: Float
    /// Whether the batch's statistics are used outside training too.
    package let usesBatchStatistics: Bool
    private let outputCount: Int

    package init(attributes: Attributes, signature: OperatorSignature) throws {
        epsilon = try attributes.float("epsilon", default: 1e-5)
        momentum = try attributes.float("momentum", default: 0.9)
        usesBatchStatistics = try attributes.integer("training_mode", default: 0) != 0
        outputCount = signature.outputCount
        guard epsilon >= 0, epsilon.isFinite else {
            throw GraphError("attribute epsilon must not be negative, got \(epsilon)")
        }
        guard momentum >= 0, momentum <= 1 else {
            throw GraphError("attribute momentum must be in 0...1, got \(momentum)")
        }
        guard try attributes.integer("spatial", default: 1) == 1 else {
            throw GraphError("attribute spatial must be 1: statistics per position are not supported")
        }
        guard outputCount <= (usesBatchStatistics ? 3 : 1) else {
            throw GraphError(
                "\(outputCount) outputs were asked for, but only training_mode = 1 has running statistics")
        }
    }

    package var attributes: Attributes {
        var result: Attributes = [:]
        if epsilon != 1e-5 { result["epsilon"] = .float(epsilon) }
        if momentum != 0.9 { result["momentum"] = .float(momentum) }
        if usesBatchStatistics { result["training_mode"] = .integer(1) }
        return result
    }

    package func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try ElementDomain.real.require(input.element)
        try input.requireRank(2...8, "the input of a batch normalisation")
        for (index, name) in ["the scale", "the shift", "the mean", "the variance"].enumerated() {
            try inputs.type(index + 1).requireShape([input.shape[1]], name)
        }
        let statistics = [try inputs.type(3), try inputs.type(4)]
        return Array(([try .output(input.element, input.shape)] + statistics).prefix(max(outputCount, 1)))
    }

    package func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let (scale, shift) = (try inputs.required(1), try inputs.required(2))
        let (mean, variance) = (try inputs.required(3), try inputs.required(4))
        guard context.isTraining || usesBatchStatistics else {
            return [
                try input.batchNormalised(
                    scale: scale, shift: shift, mean: mean, variance: variance, epsilon: Double(epsilon))
            ]
        }
        let result = try input.batchNormalisedInTraining(
            scale: scale, shift: shift, mean: mean, variance: variance, epsilon: Double(epsilon),
            momentum: 1 - Double(momentum))
        context.updates[3] = result.mean
        context.updates[4] = result.variance
        guard outputCount > 1 else { return [result.output] }
        return [
            result.output, result.mean,
            try populationVariance(result.variance, running: variance, input: input.shape),
        ]
    }

    /// Returns the running variance as the standard defines it, with the batch's variance divided by n and
    /// not by `n - 1`.
    private func populationVariance(_ updated: Tensor, running: Tensor, input shape: [Int]) throws -> Tensor {
        let count = Double(Checked.saturatingProduct([shape[0]] + shape.dropFirst(2)))
        let factor = (count - 1) / count
        return try updated.applying(.multiplied(factor))
            .adding(running.applying(.multiplied(Double(momentum) * (1 - factor))))
    }

    package var runningStatistics: Range<Int> { 3..<5 }

    package func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect {
        usesBatchStatistics ? .unknown : .normalisation(epsilon: Double(epsilon))
    }

    package func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let rank = try inputs.type(0).rank
        // The batch's statistics average over the other axes.
        var links = AxisLink.allSame(.input(0), .output(0), axes: usesBatchStatistics ? 1..<2 : 0..<rank)
        let roles: [MemberRole] = [.perChannel, .bias, .bias, .perChannel]
        for (index, role) in roles.enumerated() {
            links.append(AxisLink(.input(index + 1, 0), .output(0, 1), role: role))
        }
        for index in outputs.indices.dropFirst() {
            links.append(.same(.output(index, 0), .output(0, 1)))
        }
        return links
    }
}
