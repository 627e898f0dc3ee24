internal import Graph
internal import Torch

/// Division by the 1- or 2-norm along one axis; the result is 0 if the norm is 0.
struct LpNormalization: Operator {
    static let type = "LpNormalization"

    private let axis: Int
    private let power: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        axis = try attributes.integer("axis", default: -1)
        power = try attributes.integer("p", default: 2)
        guard power == 1 || power == 2 else { throw GraphError("attribute p must be 1 or 2, got \(power)") }
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if axis != -1 { result["axis"] = .integer(axis) }
        if power != 2 { result["p"] = .integer(power) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try ElementDomain.real.require(input.element)
        _ = try Checked.axis(axis, rank: input.rank)
        return [try .output(input.element, input.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let axis = try Checked.axis(axis, rank: input.rank)
        let norm = try input.reduced(power == 1 ? .l1Norm : .l2Norm, axes: [axis], keepingAxes: true)
        let zero = try Tensor(repeating: 0, shape: [], type: input.type, device: input.device)
        return [try norm.combined(.equal, zero).choosing(zero, input.divided(by: norm))]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let rank = try inputs.type(0).rank
        let axis = try Checked.axis(axis, rank: rank)
        return AxisLink.allSame(.input(0), .output(0), axes: (0..<rank).filter { $0 != axis })
    }
}
