internal import Torch

/// The tag of every element of a value: which strand and channel it holds; see `StrandTable`.
struct LaneTags {
    /// The tags, in single precision so that any operator moves them.
    let tensor: Tensor
    /// The axis along which tags differ, if they differ along no other.
    let axis: Int?

    /// Tags every lane of an axis of a value.
    init(_ tags: [Int], along axis: Int, of shape: [Int]) throws {
        var vector = shape.map { _ in 1 }
        vector[axis] = tags.count
        tensor = try Tensor(tags.map(Float.init), shape: vector).expanded(to: shape)
        self.axis = axis
    }

    init(_ tensor: Tensor, axis: Int? = nil) {
        self.tensor = tensor
        self.axis = axis
    }

    /// The tags in row-major order.
    func values() throws -> [Int] { try tensor.floats().map { Int($0) } }

    /// The tags along an axis, if they differ along no other.
    func lanes(along axis: Int) throws -> [Int]? {
        let shape = tensor.shape
        let order = shape.indices.filter { $0 != axis } + [axis]
        let rows = try tensor.permuted(order).reshaped([-1, shape[axis]])
        let first = try rows.sliced(axis: 0, 0..<1)
        guard try self.axis == axis || Self.areEqual(rows.floats(), repeating: first.floats()) else {
            return nil
        }
        return try first.floats().map { Int($0) }
    }

    private static func areEqual(_ values: [Float], repeating row: [Float]) -> Bool {
        guard !row.isEmpty else { return true }
        return values.indices.allSatisfy { values[$0] == row[$0 % row.count] }
    }
}
