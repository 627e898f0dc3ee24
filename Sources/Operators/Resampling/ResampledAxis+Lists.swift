internal import Graph
internal import Torch

extension ResampledAxis {
    /// Whether every output position equals the same input position.
    var isUnchanged: Bool {
        input == output && scale == 1 && region ?? Region(start: 0, end: 1) == Region(start: 0, end: 1)
    }

    /// Returns axes that keep their lengths.
    static func unchanged(_ shape: [Int]) -> [ResampledAxis] {
        shape.enumerated().map {
            ResampledAxis(axis: $0.offset, input: $0.element, output: $0.element, scale: 1)
        }
    }

    /// Returns the axes of a shape, some of them scaled to floor(length scale).
    static func scaled(
        _ shape: [Int], _ axes: [Int], by scales: [Double]
    ) throws(GraphError) -> [ResampledAxis] {
        guard scales.count == axes.count, scales.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw GraphError("\(axes.count) positive scales were expected, got \(scales)")
        }
        var result = unchanged(shape)
        for (axis, scale) in zip(axes, scales) {
            // Scales are stored in single precision, so the product may miss an integer by a little.
            let length = Double(Float(shape[axis]) * Float(scale)).rounded(.down)
            guard length < Double(Int32.max) else {
                throw GraphError("axis \(axis) of length \(shape[axis]) cannot be scaled by \(scale)")
            }
            result[axis] = ResampledAxis(
                axis: axis, input: shape[axis], output: Int(length), scale: scale)
        }
        return try checked(result)
    }

    /// Checks that the resampled axes have positions.
    static func checked(_ axes: [ResampledAxis]) throws(GraphError) -> [ResampledAxis] {
        if let empty = axes.first(where: { !$0.isUnchanged && ($0.input == 0 || $0.output == 0) }) {
            throw GraphError(
                "axis \(empty.axis) cannot be resized from \(empty.input) to \(empty.output) positions")
        }
        return axes
    }

    /// Resamples a tensor along all axes that change.
    static func apply(
        _ axes: [ResampledAxis], to tensor: Tensor, _ attributes: ResizeAttributes
    ) throws -> Tensor {
        try axes.filter { !$0.isUnchanged }.reduce(tensor) { try $1.apply(to: $0, attributes) }
    }
}
