internal import Graph
internal import Torch

/// The discrete Fourier transform of one axis of a real [..., 1] or complex [..., 2] signal.
///
/// X[k] = sum over n of x[n] e^(-2 pi i k n / length). With `onesided`, only the first length / 2 + 1 values
/// of a spectrum are computed, or given to the inverse, whose result is then real.
struct DFT: Operator {
    static let type = "DFT"

    private let axisIsInput: Bool
    private let axis: Int
    private let isInverse: Bool
    private let isOneSided: Bool

    init(attributes: Attributes, signature: OperatorSignature) throws {
        axisIsInput = signature.operatorSet >= 20
        axis = axisIsInput ? -2 : try attributes.integer("axis", default: 1)
        isInverse = try attributes.flag("inverse")
        isOneSided = try attributes.flag("onesided")
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if !axisIsInput, axis != 1 { result["axis"] = .integer(axis) }
        if isInverse { result["inverse"] = .integer(1) }
        if isOneSided { result["onesided"] = .integer(1) }
        return result
    }

    /// The axis, the transform's length and the output's shape.
    private func plan(
        _ shape: [Int], length: [Int]?, axis requested: [Int]?
    ) throws(GraphError) -> (axis: Int, length: Int, shape: [Int]) {
        guard shape.count >= 2, shape[shape.count - 1] == 1 || shape[shape.count - 1] == 2 else {
            throw GraphError("a signal's last axis must be 1 or 2, got shape \(shape)")
        }
        guard length?.count ?? 1 == 1, requested?.count ?? 1 == 1 else {
            throw GraphError("the length and the axis must be scalars")
        }
        let axis = try Checked.axis(requested?.first ?? self.axis, rank: shape.count)
        guard axis < shape.count - 1 else { throw GraphError("the last axis cannot be transformed") }
        let fallback = isInverse && isOneSided ? 2 * (min(shape[axis], Int(Int32.max)) - 1) : shape[axis]
        let length = length?.first ?? fallback
        guard length >= 1 else { throw GraphError("the length must be at least 1, got \(length)") }
        guard isInverse || !isOneSided || shape[shape.count - 1] == 1 else {
            throw GraphError("one side says nothing of the spectrum of a complex signal")
        }
        var output = shape
        output[axis] = isOneSided && !isInverse ? length / 2 + 1 : length
        output[shape.count - 1] = isOneSided && isInverse ? 1 : 2
        if length > shape[axis] { try Checked.requireMade(output) }
        return (axis, length, output)
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try ElementDomain.real.require(input.element)
        let plan = try plan(
            input.shape, length: inputs.optionalType(1) == nil ? nil : inputs.integers(1),
            axis: !axisIsInput || inputs.optionalType(2) == nil ? nil : inputs.integers(2))
        return [try .output(input.element, plan.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let plan = try plan(
            input.shape, length: inputs.optional(1)?.integers(),
            axis: axisIsInput ? inputs.optional(2)?.integers() : nil)
        return [
            try input.forTransform().fourierTransformed(
                axis: plan.axis, length: plan.length, inverse: isInverse, isOneSided: isOneSided
            ).converted(to: input.type)
        ]
    }
}

extension Tensor {
    /// Returns a signal [..., 1 or 2] in the precision of its transform: double for a real signal, as in
    /// NumPy.
    func forTransform() throws -> Tensor {
        shape.last == 1 ? try converted(to: .float64) : try inSinglePrecision()
    }
}
