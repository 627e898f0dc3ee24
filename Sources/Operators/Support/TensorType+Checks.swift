internal import Graph
internal import Torch

extension TensorType {
    /// The number of axes.
    var rank: Int { shape.count }

    /// Makes the type of an output, checking that its lengths are not negative and its bytes can be counted.
    static func output(_ element: DType, _ shape: [Int]) throws(GraphError) -> TensorType {
        if let negative = shape.first(where: { $0 < 0 }) {
            throw GraphError("the output's shape \(shape) has a dimension of \(negative)")
        }
        // An axis of length 0 must not hide an overflow of the others, which are multiplied elsewhere.
        _ = try Checked.product(shape.map { max($0, 1) } + [element.byteCount])
        return TensorType(element, shape)
    }

    /// Throws if the number of axes is not in a range.
    func requireRank(_ ranks: ClosedRange<Int>, _ name: String) throws(GraphError) {
        guard ranks.contains(rank) else {
            let expected =
                ranks.lowerBound == ranks.upperBound
                ? "\(ranks.lowerBound)" : "\(ranks.lowerBound) to \(ranks.upperBound)"
            throw GraphError("\(name) must have \(expected) axes, got shape \(shape)")
        }
    }

    /// Throws if the shape is another one.
    func requireShape(_ expected: [Int], _ name: String) throws(GraphError) {
        guard shape == expected else {
            throw GraphError("\(name) must have shape \(expected), got \(shape)")
        }
    }

    /// Throws if the element type is another one.
    func requireElement(_ expected: DType, _ name: String) throws(GraphError) {
        guard element == expected else {
            throw GraphError("\(name) must hold \(expected), got \(element)")
        }
    }
}

extension [Tensor?] {
    /// Returns a required input.
    func required(_ index: Int) throws(GraphError) -> Tensor {
        guard let tensor = optional(index) else { throw GraphError("input \(index) is missing") }
        return tensor
    }

    /// Returns an optional input.
    func optional(_ index: Int) -> Tensor? {
        indices.contains(index) ? self[index] : nil
    }
}
