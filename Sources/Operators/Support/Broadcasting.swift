internal import Graph
internal import Torch

/// NumPy's broadcasting: shapes are aligned at their last axes, and length 1 stretches.
enum Broadcasting {
    /// Returns the common shape.
    static func shape(_ shapes: [[Int]]) throws(GraphError) -> [Int] {
        let rank = shapes.map(\.count).max() ?? 0
        var result = [Int](repeating: 1, count: rank)
        for shape in shapes {
            for (axis, length) in zip((rank - shape.count)..., shape) where length != 1 {
                guard result[axis] == 1 || result[axis] == length else {
                    throw GraphError(
                        "shapes \(shapes.map(\.description).joined(separator: ", ")) do not broadcast")
                }
                result[axis] = length
            }
        }
        return result
    }

    /// Links one operand's axes with the output's, except those that are stretched.
    ///
    /// - Parameter axes: The operand's axes that take part; all by default.
    static func links(
        input: Int, _ shape: [Int], output: [Int], role: MemberRole?, axes: Range<Int>? = nil
    ) -> [AxisLink] {
        let offset = output.count - shape.count
        return (axes ?? shape.indices).compactMap { axis in
            guard shape[axis] == output[axis + offset] else { return nil }
            return AxisLink(.input(input, axis), .output(0, axis + offset), role: role)
        }
    }
}
