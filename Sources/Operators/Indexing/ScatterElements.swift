internal import Graph
internal import Torch

/// The data with updates at indices along an axis: output[..., indices[..., j, ...], ...] = updates[..., j, ...].
struct ScatterElements: ElementScattering {
    static let type = "ScatterElements"
    let axis: Int
    let reduction: ScatterReduction
}

/// The name of `ScatterElements` in versions 9 and 10.
struct Scatter: ElementScattering {
    static let type = "Scatter"
    let axis: Int
    let reduction: ScatterReduction
}

/// An operator that scatters single elements.
protocol ElementScattering: Operator {
    /// The axis that indices refer to.
    var axis: Int { get }
    /// How an update combines with the existing element.
    var reduction: ScatterReduction { get }

    init(axis: Int, reduction: ScatterReduction)
}

extension ElementScattering {
    init(attributes: Attributes, signature: OperatorSignature) throws {
        self.init(
            axis: try attributes.integer("axis", default: 0), reduction: try ScatterReduction(attributes))
    }

    var attributes: Attributes {
        var result = reduction.attributes
        if axis != 0 { result["axis"] = .integer(axis) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (data, indices, updates) = (try inputs.type(0), try inputs.type(1), try inputs.type(2))
        let axis = try Checked.axis(axis, rank: data.rank)
        try updates.requireElement(data.element, "the updates")
        try updates.requireShape(indices.shape, "the updates")
        try IndexTensors.checkElements(inputs, axis: axis)
        return [try .output(data.element, data.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (data, indices) = (try inputs.required(0), try inputs.required(1))
        let axis = try Checked.axis(axis, rank: data.rank)
        return [
            try data.scattering(
                inputs.required(2), axis: axis, IndexTensors.counted(indices, length: data.shape[axis]),
                reduction.scattering)
        ]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let (data, indices) = (try inputs.type(0).shape, try inputs.type(1).shape)
        let axis = try Checked.axis(axis, rank: data.count)
        let others = data.indices.filter { $0 != axis }
        return AxisLink.allSame(.input(0), .output(0), axes: others)
            + others.flatMap { other in
                [1, 2].flatMap {
                    AxisLink.run(
                        .input($0, other), from: 0, .output(0, other), from: 0, count: indices[other])
                }
            }
    }
}
