internal import CTorch

extension Tensor {
    /// How a scattered element combines with the existing one.
    public enum Scattering: Int32, Sendable, CaseIterable {
        /// The order matches the C interface.
        case replace = 0, sum, product, maximum, minimum
    }

    /// Picks an element for each index: output[..., j, ...] = self[..., indices[..., j, ...], ...] along an axis.
    ///
    /// - Parameter indices: int64, of the output's shape, not longer than self on the other axes.
    /// - Throws: `TorchError` for an index outside the axis.
    public func gathered(axis: Int, _ indices: Tensor) throws(TorchError) -> Tensor {
        try yield(using: self, indices) { ct_gather(pointer, Int64(axis), indices.pointer, $0, $1) }
    }

    /// Puts updates at indices along an axis: the inverse of `gathered(axis:_:)`.
    public func scattering(
        _ updates: Tensor, axis: Int, _ indices: Tensor, _ scattering: Scattering = .replace
    ) throws(TorchError) -> Tensor {
        try yield(using: self, updates, indices) {
            ct_scatter(
                scattering.rawValue, pointer, Int64(axis), indices.pointer, updates.pointer, $0, $1)
        }
    }

    /// Sorts along an axis; equal elements keep their order.
    public func sorted(
        axis: Int, descending: Bool
    ) throws(TorchError) -> (values: Tensor, indices: Tensor) {
        var values: ct_tensor?
        var indices: ct_tensor?
        defer { withExtendedLifetime(handle) {} }
        try check { ct_sort(pointer, Int64(axis), descending, &values, &indices, $0) }
        guard let values, let indices else { throw TorchError("libtorch returned no sorted elements") }
        return (
            Tensor(handle: TensorHandle(owning: values)), Tensor(handle: TensorHandle(owning: indices))
        )
    }

    /// Returns the sums of all elements up to each one along an axis.
    public func cumulativeSum(axis: Int) throws(TorchError) -> Tensor {
        try yield(using: self) { ct_cumulative_sum(pointer, Int64(axis), $0, $1) }
    }

    /// Returns the products of all elements up to each one along an axis.
    public func cumulativeProduct(axis: Int) throws(TorchError) -> Tensor {
        try yield(using: self) { ct_cumulative_product(pointer, Int64(axis), $0, $1) }
    }

    /// Returns the distinct elements in ascending order, or the distinct slices of an axis.
    ///
    /// - Returns: The distinct elements or slices, the index of one of them for each of the input's, and
    ///   their counts.
    public func distinct(axis: Int?) throws(TorchError) -> (values: Tensor, inverse: Tensor, counts: Tensor) {
        var values: ct_tensor?
        var inverse: ct_tensor?
        var counts: ct_tensor?
        defer { withExtendedLifetime(handle) {} }
        try check { ct_unique(pointer, Int64(axis ?? -1), &values, &inverse, &counts, $0) }
        guard let values, let inverse, let counts else {
            throw TorchError("libtorch returned no distinct elements")
        }
        return (
            Tensor(handle: TensorHandle(owning: values)), Tensor(handle: TensorHandle(owning: inverse)),
            Tensor(handle: TensorHandle(owning: counts))
        )
    }

    /// Returns the positions [count, rank] of the elements that are not zero, in row-major order.
    public func nonzeroPositions() throws(TorchError) -> Tensor {
        try yield(using: self) { ct_nonzero(pointer, $0, $1) }
    }
}
