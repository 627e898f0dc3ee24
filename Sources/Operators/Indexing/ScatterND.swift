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

    /// Returns how many axes of the data one point indexes.
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

    /// The lanes of the data's first axis that updates replace, or are added to, in the order of the updates.
    ///
    /// Nil if points index more axes, are not constant, or hit a lane twice: then all lanes are needed.
    private func targets(_ inputs: OperatorInputs) throws -> [Int]? {
        guard reduction == .none || reduction == .add, let points = inputs.constant(1), points.rank == 2,
            points.shape[1] == 1, points.count <= AxisLink.maximumLanes
        else { return nil }
        let lanes = try IndexTensors.rows(points, of: [inputs.type(0).shape[0]]).integers()
        return Set(lanes).count == lanes.count ? lanes : nil
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let (data, points) = (try inputs.type(0).shape, try inputs.type(1).shape)
        let depth = try depth(data, points)
        var links = (depth..<data.count).flatMap { axis -> [AxisLink] in
            [
                AxisLink(.input(0, axis), .output(0, axis), role: .bias),
                AxisLink(.input(2, points.count - 1 + axis - depth), .output(0, axis), role: .bias),
            ]
        }
        if let targets = try targets(inputs) {
            links.append(AxisLink(.input(0, 0), .output(0, 0), role: .bias))
            links.append(
                AxisLink(
                    .input(2, 0), .output(0, 0), role: .bias,
                    lanes: targets.enumerated().map { ($0.offset, $0.element) }))
        }
        return links
    }

    func resizedConstants(_ change: AxisChange) throws -> [Int: Tensor] {
        guard let points = change.inputs.constant(1) else { return [:] }
        guard change.keptLanes(.output(0, 0)) != nil, let targets = try targets(change.inputs) else {
            return [1: points]
        }
        let moved = try change.places(of: targets, readBy: .input(2, 0), on: .output(0, 0))
        return [1: try Tensor(moved, shape: [moved.count, 1]).converted(to: points.type)]
    }
}
