internal import Graph
internal import Torch

/// The data with slices replaced at points: output[points[..., 0], points[..., 1], ..., :] = updates[..., :].
struct ScatterND: Operator {
    static let type = "ScatterND"

    private let reduction: ScatterReduction

    init(attributes: Attributes, signature: OperatorSignature) throws {
        reduction = try ScatterReduction(attributes)
    }

    var attributes: Attributes { reduction.attributes }

    /// Returns how many axes of the data one point goes through.
    private func depth(_ data: [Int], _ points: [Int]) throws(GraphError) -> Int {
        guard let depth = points.last, depth >= 1, depth <= data.count else {
            throw GraphError("points of shape \(points) do not fit data of shape \(data)")
        }
        return depth
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (data, points, updates) = (try inputs.type(0), try inputs.type(1), try inputs.type(2))
        try IndexTensors.require(points)
        let depth = try depth(data.shape, points.shape)
        if let points = inputs.constant(1) {
            _ = try IndexTensors.rows(points, of: Array(data.shape[..<depth]))
        }
        try updates.requireElement(data.element, "the updates")
        try updates.requireShape(points.shape.dropLast() + data.shape[depth...], "the updates")
        return [try .output(data.element, data.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (data, points, updates) = (
            try inputs.required(0), try inputs.required(1), try inputs.required(2)
        )
        let shape = data.shape
        let depth = try depth(shape, points.shape)
        let (indexed, rest) = (Array(shape[..<depth]), Checked.saturatingProduct(Array(shape[depth...])))
        let rows = try IndexTensors.rows(points, of: indexed)
        guard rows.count > 0, rest > 0 else { return [data] }
        let wide = try rows.reshaped([rows.count, 1]).expanded(to: [rows.count, rest])
        return [
            try data.reshaped([Checked.product(indexed), rest])
                .scattering(
                    updates.reshaped([rows.count, rest]), axis: 0, wide, reduction.scattering
                ).reshaped(shape)
        ]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let (data, points) = (try inputs.type(0).shape, try inputs.type(1).shape)
        let depth = try depth(data, points)
        return (depth..<data.count).flatMap { axis -> [AxisLink] in
            [
                AxisLink(.input(0, axis), .output(0, axis), role: .bias),
                AxisLink(.input(2, points.count - 1 + axis - depth), .output(0, axis), role: .bias),
            ]
        }
    }
}
