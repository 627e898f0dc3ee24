internal import Graph
internal import Torch

/// Normalisation of each channel of each image of [n, c, ...] by its own mean and variance.
///
/// y = (x - mean) / sqrt(variance + epsilon) scale + shift with scale and shift `[c]`.
struct InstanceNormalization: Operator {
    static let type = "InstanceNormalization"

    private let epsilon: Float

    init(attributes: Attributes, signature: OperatorSignature) throws {
        epsilon = try attributes.float("epsilon", default: 1e-5)
        guard epsilon >= 0, epsilon.isFinite else {
            throw GraphError("attribute epsilon must not be negative, got \(epsilon)")
        }
    }

    var attributes: Attributes { epsilon == 1e-5 ? [:] : ["epsilon": .float(epsilon)] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try ElementDomain.real.require(input.element)
        try input.requireRank(3...8, "the input of an instance normalisation")
        guard !input.shape[2...].contains(0) else {
            throw GraphError("nothing to normalise in shape \(input.shape)")
        }
        for (index, name) in [(1, "the scale"), (2, "the shift")] {
            try inputs.type(index).requireElement(input.element, name)
            try inputs.type(index).requireShape([input.shape[1]], name)
        }
        return [try .output(input.element, input.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        guard input.rank >= 3 else {
            throw GraphError("an instance normalisation cannot take shape \(input.shape)")
        }
        let channels = [input.shape[1]] + input.shape.dropFirst(2).map { _ in 1 }
        return [
            try input.layerNormalised(axisCount: input.rank - 2, epsilon: Double(epsilon))
                .multiplied(by: inputs.required(1).reshaped(channels))
                .adding(inputs.required(2).reshaped(channels))
        ]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        // The statistics may run over channels, if a Reshape makes a group of them one image.
        try AxisLink.allSame(.input(0), .output(0), axes: inputs.type(0).shape.indices) + [
            AxisLink(.input(1, 0), .output(0, 1), role: .perChannel),
            AxisLink(.input(2, 0), .output(0, 1), role: .bias),
        ]
    }
}
