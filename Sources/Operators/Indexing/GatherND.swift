internal import Graph
internal import Torch

/// Slices at points: output[b, ..., :] = data[b, points[b, ..., 0], points[b, ..., 1], ..., :].
///
/// The first `batch_dims` axes of both correspond; the last axis of the points holds one index per axis of
/// the data after them.
struct GatherND: Operator {
    static let type = "GatherND"

    private let batchRank: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        batchRank = try attributes.integer("batch_dims", default: 0)
        guard batchRank >= 0 else { throw GraphError("attribute batch_dims must not be negative") }
    }

    var attributes: Attributes { batchRank == 0 ? [:] : ["batch_dims": .integer(batchRank)] }

    /// Returns how many axes of the data one point indexes, batches included.
    private func depth(_ data: [Int], _ points: [Int]) throws(GraphError) -> Int {
        guard let width = points.last, batchRank < min(data.count, points.count),
            width >= 1, width <= data.count - batchRank, data.prefix(batchRank) == points.prefix(batchRank)
        else {
            throw GraphError("points of shape \(points) do not fit data of shape \(data)")
        }
        return batchRank + width
    }

    private func outputShape(_ data: [Int], _ points: [Int]) throws(GraphError) -> [Int] {
        points.dropLast() + data[(try depth(data, points))...]
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (data, points) = (try inputs.type(0), try inputs.type(1))
        try IndexTensors.require(points)
        let depth = try depth(data.shape, points.shape)
        if let points = inputs.constant(1) {
            _ = try IndexTensors.rows(points, of: Array(data.shape[batchRank..<depth]))
        }
        return [try .output(data.element, outputShape(data.shape, points.shape))]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (data, points) = (try inputs.required(0), try inputs.required(1))
        let shape = data.shape
        let output = try outputShape(shape, points.shape)
        let indexed = Array(shape[batchRank..<(try depth(shape, points.shape))])
        let batches = try Checked.product(Array(shape[..<batchRank]))
        let (rowCount, each) = (
            try Checked.product(indexed), try Checked.product(Array(output[batchRank...]))
        )
        let rest = Checked.saturatingProduct(Array(shape[(batchRank + indexed.count)...]))
        guard each > 0, batches > 0 else {
            return [try Tensor(repeating: 0, shape: output, type: data.type, device: data.device)]
        }
        // Every batch has its own rows in one long matrix.
        let offsets = try Tensor((0..<batches).map { $0 * rowCount }, shape: [batches, 1])
            .moved(to: data.device)
        let rows = try IndexTensors.rows(points, of: indexed).reshaped([batches, -1]).adding(offsets)
        return [
            try data.reshaped([try Checked.product([batches, rowCount]), rest])
                .selecting(axis: 0, at: rows.reshaped([rows.count])).reshaped(output)
        ]
    }

    func choiceCount(of input: Int, _ inputs: OperatorInputs) throws -> Int? {
        guard input == 1, let table = inputs.constant(0) else { return nil }
        return try table.shape[batchRank..<depth(table.shape, inputs.type(1).shape)].min()
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let (data, points) = (try inputs.type(0).shape, try inputs.type(1).shape)
        let depth = try depth(data, points)
        return AxisLink.allSame(.input(1), .output(0), axes: 0..<(points.count - 1))
            + AxisLink.allSame(.input(0), .output(0), axes: 0..<batchRank)
            + (depth..<data.count).map {
                AxisLink(.input(0, $0), .output(0, points.count - 1 + $0 - depth), role: .producer)
            }
    }
}
