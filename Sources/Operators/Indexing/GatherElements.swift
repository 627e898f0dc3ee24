internal import Graph
internal import Torch

/// One element per index: output[..., j, ...] = data[..., indices[..., j, ...], ...] along an axis.
struct GatherElements: Operator {
    static let type = "GatherElements"

    private let axis: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        axis = try attributes.integer("axis", default: 0)
    }

    var attributes: Attributes { axis == 0 ? [:] : ["axis": .integer(axis)] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (data, indices) = (try inputs.type(0), try inputs.type(1))
        let axis = try Checked.axis(axis, rank: data.rank)
        try IndexTensors.checkElements(inputs, axis: axis)
        return [try .output(data.element, indices.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (data, indices) = (try inputs.required(0), try inputs.required(1))
        let axis = try Checked.axis(axis, rank: data.rank)
        return [
            try data.gathered(axis: axis, IndexTensors.counted(indices, length: data.shape[axis]))
        ]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let (data, indices) = (try inputs.type(0).shape, try inputs.type(1).shape)
        let axis = try Checked.axis(axis, rank: data.count)
        return AxisLink.allSame(.input(1), .output(0), axes: indices.indices)
            + data.indices.filter { $0 != axis }.flatMap {
                AxisLink.run(.input(0, $0), from: 0, .output(0, $0), from: 0, count: indices[$0])
            }
    }
}
