internal import CTorch

extension Tensor {
    /// How a sampled image is interpolated.
    public enum Interpolation: Int32, Sendable, CaseIterable {
        /// The order matches the C interface.
        case linear = 0, nearest, cubic
    }

    /// The values outside a sampled image.
    public enum SamplingPadding: Int32, Sendable, CaseIterable {
        /// The order matches the C interface.
        case zeros = 0, border, reflection
    }

    /// Returns (x - mean) / sqrt(variance + epsilon) with the statistics of each run of the last axes.
    public func layerNormalised(axisCount: Int, epsilon: Double) throws(TorchError) -> Tensor {
        try yield(using: self) { ct_layer_normalisation(pointer, Int32(axisCount), epsilon, $0, $1) }
    }

    /// Returns Einstein's sum of products for an equation with an arrow.
    public static func einsum(_ equation: String, _ operands: [Tensor]) throws(TorchError) -> Tensor {
        let pointers: [ct_tensor?] = operands.map { $0.pointer }
        defer { withExtendedLifetime(operands) {} }
        return try yield { ct_einsum(equation, pointers, Int32(pointers.count), $0, $1) }
    }

    /// Samples an image [n, c, ...] at the points of a grid [n, ..., axes] with coordinates in -1 ... 1.
    public func sampled(
        at grid: Tensor, _ interpolation: Interpolation, padding: SamplingPadding, alignsCorners: Bool
    ) throws(TorchError) -> Tensor {
        try yield(using: self, grid) {
            ct_grid_sample(
                pointer, grid.pointer, interpolation.rawValue, padding.rawValue, alignsCorners, $0, $1)
        }
    }
}
