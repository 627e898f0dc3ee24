import Torch

/// The operation behind the name of each golden case.
enum GoldenOperations {
    typealias Operation = @Sendable ([Tensor]) throws -> Tensor

    static let all: [String: Operation] = {
        var all = layers
        for function in Tensor.UnaryFunction.allCases {
            all["unary.\(function)"] = { try $0[0].applying(function) }
        }
        for (name, function) in scalarFunctions {
            all["scalar.\(name)"] = { try $0[0].applying(function) }
        }
        for function in Tensor.BinaryFunction.allCases {
            all["binary.\(function)"] = { try $0[0].combined(function, $0[1]) }
        }
        // Those that are not listed here have results of their own kind and are tested by hand.
        for reduction: Tensor.Reduction in [.sum, .mean, .maximum, .minimum, .l1Norm, .l2Norm, .logSumExp] {
            all["reduction.\(reduction)"] = { try $0[0].reduced(reduction, axes: [0, 2]) }
            all["reduction.\(reduction).kept"] = {
                try $0[0].reduced(reduction, axes: [1], keepingAxes: true)
            }
        }
        all["reduction.product"] = { try $0[0].reduced(.product, axes: [0, 2]) }
        all["reduction.product.kept"] = { try $0[0].reduced(.product, axes: [1], keepingAxes: true) }
        for scattering in Tensor.Scattering.allCases {
            all["scattering.\(scattering)"] = {
                try $0[0].scattering($0[2], axis: 0, $0[1].converted(to: .int64), scattering)
            }
        }
        for interpolation in Tensor.Interpolation.allCases {
            all["sampled.\(interpolation)"] = {
                try $0[0].sampled(at: $0[1], interpolation, padding: .reflection, alignsCorners: true)
            }
        }
        return all
    }()

    private static let scalarFunctions: [String: Tensor.ScalarFunction] = [
        "leakyRelu": .leakyRelu(slope: 0.125), "elu": .elu(alpha: 1.5), "celu": .celu(alpha: 1.5),
        "selu": .selu(alpha: 1.6732632423543772, gamma: 1.0507009873554805), "softplus": .softplus(beta: 2),
        "hardSigmoid": .hardSigmoid(alpha: 0.25, beta: 0.5), "clamp": .clamp(low: -1, high: 1.5),
        "adding": .adding(0.75), "multiplied": .multiplied(-1.25), "power": .power(1.75),
        "thresholdedRelu": .thresholdedRelu(alpha: 0.5),
    ]

    private static let layers: [String: Operation] = [
        "gathered": { try $0[0].gathered(axis: 0, $0[1].converted(to: .int64)) },
        "sorted.indices": { try $0[0].sorted(axis: 1, descending: true).indices },
        "sorted.values": { try $0[0].sorted(axis: 1, descending: false).values },
        "cumulativeSum": { try $0[0].cumulativeSum(axis: 1) },
        "nonzeroPositions": { try $0[0].nonzeroPositions() },
        "layerNormalised": { try $0[0].layerNormalised(axisCount: 2, epsilon: 0.125) },
        "einsum": { try Tensor.einsum("aij,bij->ab", $0) },
        "choosing": { try $0[0].choosing($0[1], $0[2]) },
        "argMax": { try $0[0].argMax(axis: 1) },
        "softmax": { try $0[0].softmax(axis: 1) },
        "logSoftmax": { try $0[0].logSoftmax(axis: 2) },
        "matrixMultiplied": { try $0[0].matrixMultiplied(by: $0[1]) },
        "linear": { try $0[0].linear(weight: $0[1], bias: $0[2]) },
        "linear.noBias": { try $0[0].linear(weight: $0[1], bias: nil) },
        "convolution.1d": {
            try $0[0].convolved(
                weight: $0[1], bias: $0[2], geometry: .init(stride: [2], padding: [1], dilation: [1]))
        },
        "convolution.2d.grouped": {
            try $0[0].convolved(
                weight: $0[1], bias: $0[2],
                geometry: .init(stride: [1, 2], padding: [2, 0], dilation: [2, 1], groups: 2))
        },
        "convolution.2d.depthwise": {
            try $0[0].convolved(
                weight: $0[1], bias: nil,
                geometry: .init(stride: [1, 1], padding: [1, 1], dilation: [1, 1], groups: 4))
        },
        "convolution.3d": {
            try $0[0].convolved(
                weight: $0[1], bias: nil,
                geometry: .init(stride: [1, 1, 1], padding: [1, 1, 1], dilation: [1, 1, 1]))
        },
        "convolution.transposed": {
            try $0[0].convolved(
                weight: $0[1], bias: $0[2],
                geometry: .init(
                    stride: [2, 2], padding: [1, 1], dilation: [1, 1], outputPadding: [1, 0], groups: 2),
                transposed: true)
        },
        "maxPool.1d": {
            try $0[0].maxPooled(.init(kernel: [3], stride: [2], padding: [1]), dilation: [1])
        },
        "maxPool.2d": {
            try $0[0].maxPooled(.init(kernel: [3, 2], stride: [2, 1], padding: [1, 0]), dilation: [1, 1])
        },
        "maxPool.2d.ceiling": {
            try $0[0].maxPooled(
                .init(kernel: [3, 3], stride: [2, 2], padding: [0, 0], ceiling: true), dilation: [1, 2])
        },
        "maxPool.3d": {
            try $0[0].maxPooled(
                .init(kernel: [2, 2, 2], stride: [1, 1, 1], padding: [0, 0, 0]), dilation: [1, 1, 1])
        },
        "averagePool.1d": {
            try $0[0].averagePooled(.init(kernel: [3], stride: [2], padding: [1]), countingPadding: false)
        },
        "averagePool.2d": {
            try $0[0].averagePooled(
                .init(kernel: [3, 3], stride: [2, 2], padding: [1, 1]), countingPadding: true)
        },
        "averagePool.2d.ceiling": {
            try $0[0].averagePooled(
                .init(kernel: [2, 2], stride: [2, 2], padding: [0, 0], ceiling: true), countingPadding: false)
        },
        "averagePool.3d": {
            try $0[0].averagePooled(
                .init(kernel: [2, 2, 2], stride: [1, 1, 1], padding: [0, 0, 0]), countingPadding: true)
        },
        "batchNorm": {
            try $0[0].batchNormalised(
                scale: $0[1], shift: $0[2], mean: $0[3], variance: $0[4], epsilon: 1e-3)
        },
        "batchNorm.training": { try trained($0).output },
        "batchNorm.training.mean": { try trained($0).mean },
        "batchNorm.training.variance": { try trained($0).variance },
        "crossEntropy": { try $0[0].crossEntropy(targets: $0[1].converted(to: .int64)) },
        "crossEntropy.smoothed": {
            try $0[0].crossEntropy(targets: $0[1].converted(to: .int64), labelSmoothing: 0.1)
        },
    ]

    private static func trained(
        _ inputs: [Tensor]
    ) throws -> (output: Tensor, mean: Tensor, variance: Tensor) {
        try inputs[0].batchNormalisedInTraining(
            scale: inputs[1], shift: inputs[2], mean: inputs[3], variance: inputs[4], epsilon: 1e-3,
            momentum: 0.25)
    }
}
