internal import Graph
internal import Torch

/// Normalisation of each run of the axes from `axis` on by its mean and variance.
///
/// y = (x - mean) / sqrt(variance + epsilon) scale + shift; scale and shift broadcast to x. Further outputs
/// are the means and 1 / sqrt(variance + epsilon). When channels are removed, the statistics are those of the
/// others; as is common, links count that as the same function.
struct LayerNormalization: Operator {
    static let type = "LayerNormalization"

    private let run: NormalisedRun
    private let outputCount: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        run = try NormalisedRun(attributes)
        outputCount = signature.outputCount
        guard outputCount <= 3 else { throw GraphError("has at most 3 outputs, got \(outputCount)") }
    }

    var attributes: Attributes { run.attributes }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        let statistics = TensorType(.float32, try run.statisticsShape(input.shape))
        try run.check(inputs, parameters: [1, 2])
        return Array(
            [try .output(input.element, input.shape), statistics, statistics].prefix(max(outputCount, 1)))
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let axes = try run.axes(rank: input.rank)
        var result = try input.layerNormalised(axisCount: axes.count, epsilon: Double(run.epsilon))
            .multiplied(by: inputs.required(1))
        if let shift = inputs.optional(2) { result = try result.adding(shift) }
        guard outputCount > 1 else { return [result] }
        let wide = try input.converted(to: .float32)
        let mean = try wide.reduced(.mean, axes: Array(axes), keepingAxes: true)
        let centred = try wide.subtracting(mean)
        let scale = try run.inverseDeviation(centred)
        return Array([result, mean, scale].prefix(outputCount))
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        try run.links(inputs, outputs, roles: [.perChannel, .bias])
    }
}

/// Division of each run of the axes from `axis` on by the root of its mean square.
///
/// y = x / sqrt(mean(x^2) + epsilon) scale; scale broadcasts to x.
struct RMSNormalization: RootMeanSquareNormalisation {
    static let type = "RMSNormalization"
    let run: NormalisedRun
    let outputCount: Int
}

/// The name that ONNX Runtime's optimiser gives `RMSNormalization`.
struct SimplifiedLayerNormalization: RootMeanSquareNormalisation {
    static let type = "SimplifiedLayerNormalization"
    let run: NormalisedRun
    let outputCount: Int
}

/// A division by the root of the mean square; the second output is the factor.
protocol RootMeanSquareNormalisation: Operator {
    /// The run.
    var run: NormalisedRun { get }
    /// The number of outputs.
    var outputCount: Int { get }

    init(run: NormalisedRun, outputCount: Int)
}

extension RootMeanSquareNormalisation {
    init(attributes: Attributes, signature: OperatorSignature) throws {
        self.init(run: try NormalisedRun(attributes), outputCount: signature.outputCount)
        guard outputCount <= 2 else { throw GraphError("has at most 2 outputs, got \(outputCount)") }
    }

    var attributes: Attributes { run.attributes }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        let statistics = TensorType(.float32, try run.statisticsShape(input.shape))
        try run.check(inputs, parameters: [1])
        return Array(
            [try .output(input.element, input.shape), statistics].prefix(max(outputCount, 1)))
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        // In single precision, as the standard requires.
        let wide = input.type == .float64 ? input : try input.converted(to: .float32)
        let scale = try run.inverseDeviation(wide)
        let result = try wide.multiplied(by: scale).converted(to: input.type)
            .multiplied(by: inputs.required(1))
        return Array([result, try scale.converted(to: .float32)].prefix(max(outputCount, 1)))
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        try run.links(inputs, outputs, roles: [.perChannel])
    }
}
