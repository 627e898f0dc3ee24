internal import Torch

/// The tag of every element of a value: which strand and channel it holds; see `StrandTable`.
struct LaneTags {
    /// The shape of the value.
    let shape: [Int]
    /// The axis along which tags differ, and those along it, if they differ along no other.
    let line: (axis: Int, tags: [Int])?
    /// The tags of all elements where there is no such axis.
    private let elements: Tensor?

    /// Tags every lane of an axis of a value.
    init(_ tags: [Int], along axis: Int, of shape: [Int]) {
        self.shape = shape
        line = (axis, tags)
        elements = nil
    }

    /// Tags every element.
    init(_ elements: Tensor) {
        shape = elements.shape
        line = nil
        self.elements = elements
    }

    /// The tags of all elements, in single precision so that any operator moves them.
    func tensor() throws -> Tensor {
        if let elements { return elements }
        guard let line else { return try Tensor(repeating: -1, shape: []).expanded(to: shape) }
        var vector = shape.map { _ in 1 }
        vector[line.axis] = line.tags.count
        return try Tensor(line.tags.map(Float.init), shape: vector).expanded(to: shape)
    }

    /// The tags that occur.
    func distinct() throws -> Set<Int> {
        if let line { return Set(line.tags) }
        return Set(try elements?.floats().map { Int($0) } ?? [])
    }

    /// The tags along an axis, if they differ along no other.
    func lanes(along axis: Int) throws -> [Int]? {
        if let line { return line.axis == axis ? line.tags : nil }
        guard let elements else { return nil }
        let order = shape.indices.filter { $0 != axis } + [axis]
        let rows = try elements.permuted(order).reshaped([-1, shape[axis]]).floats()
        guard rows.count >= shape[axis], shape[axis] > 0 else { return nil }
        guard rows.indices.allSatisfy({ rows[$0] == rows[$0 % shape[axis]] }) else { return nil }
        return rows.prefix(shape[axis]).map { Int($0) }
    }
}
