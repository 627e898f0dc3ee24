internal import Graph
internal import Torch

/// Indices in tensors: negative ones count from the end.
enum IndexTensors {
    /// Throws if an element type does not hold indices.
    static func require(_ type: TensorType, _ name: String = "the indices") throws(GraphError) {
        guard [.int64, .int32].contains(type.element) else {
            throw GraphError("\(name) must hold int64 or int32, got \(type.element)")
        }
    }

    /// Returns indices as int64 that count from 0 along an axis.
    static func counted(_ indices: Tensor, length: Int) throws -> Tensor {
        let wide = try indices.converted(to: .int64)
        let zero = try Tensor(repeating: 0, shape: [], type: .int64, device: indices.device)
        let period = try Tensor([length], shape: []).moved(to: indices.device)
        return try wide.combined(.less, zero).choosing(wide.adding(period), wide)
    }

    /// Throws if a constant index is outside an axis.
    static func check(_ indices: Tensor?, length: Int, axis: Int) throws {
        guard let indices else { return }
        if let wrong = try indices.integers().first(where: { $0 < -length || $0 >= length }) {
            throw GraphError("index \(wrong) is outside axis \(axis) of length \(length)")
        }
    }

    /// Throws if a constant index that counts from 0 is neither below a length nor the excepted one.
    static func checkCounted(
        _ indices: Tensor?, below length: Int, except ignored: Int? = nil, _ name: String
    ) throws {
        guard let indices else { return }
        if let wrong = try indices.integers().first(where: { ($0 < 0 || $0 >= length) && $0 != ignored }) {
            throw GraphError("\(name) \(wrong) is not one of \(length)")
        }
    }

    /// Checks that indices (input 1) for single elements along an axis fit the data (input 0).
    static func checkElements(_ inputs: OperatorInputs, axis: Int) throws {
        let (data, indices) = (try inputs.type(0).shape, try inputs.type(1))
        try require(indices)
        try indices.requireRank(data.count...data.count, "the indices")
        guard data.indices.allSatisfy({ $0 == axis || indices.shape[$0] <= data[$0] }) else {
            throw GraphError("indices of shape \(indices.shape) do not fit data of shape \(data)")
        }
        try check(inputs.constant(1), length: data[axis], axis: axis)
    }

    /// Returns the row of each point in a matrix whose rows are the leading axes of a shape merged into one.
    ///
    /// sum over j of points[..., j] stride[j], as int64.
    /// - Parameter points: Indices [..., axes].
    static func rows(_ points: Tensor, of lengths: [Int]) throws -> Tensor {
        let shape = points.shape
        let leading = Array(shape.dropLast())
        var total = try Tensor(repeating: 0, shape: leading, type: .int64, device: points.device)
        guard Checked.saturatingProduct(leading) > 0 else { return total }
        var stride = 1
        for axis in lengths.indices.reversed() {
            let column = try counted(
                points.sliced(axis: leading.count, axis..<(axis + 1)).reshaped(leading),
                length: lengths[axis])
            let axes = Array(leading.indices)
            let least = try column.reduced(.minimum, axes: axes).integers()[0]
            let greatest = try column.reduced(.maximum, axes: axes).integers()[0]
            guard least >= 0, greatest < lengths[axis] else {
                throw GraphError(
                    "index \(least < 0 ? least : greatest) is outside axis \(axis) of length \(lengths[axis])"
                )
            }
            let factor = try Tensor([stride], shape: []).moved(to: points.device)
            total = try total.adding(column.multiplied(by: factor))
            stride = try Checked.product([stride, lengths[axis]])
        }
        return total
    }
}
