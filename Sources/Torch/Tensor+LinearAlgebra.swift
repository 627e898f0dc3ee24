internal import CTorch

extension Tensor {
    /// Returns the eigenvalues `[..., n]`, ascending, and the orthonormal eigenvectors `[..., n, n]`, one per column, of
    /// symmetric matrices `[..., n, n]`.
    ///
    /// Only the lower triangles are read. O(n^3) per matrix.
    /// - Throws: `TorchError` if the matrices are not square or an entry is not finite.
    public func symmetricEigen() throws(TorchError) -> (values: Tensor, vectors: Tensor) {
        var values: ct_tensor?
        var vectors: ct_tensor?
        defer { withExtendedLifetime(handle) {} }
        try check { ct_symmetric_eigen(pointer, &values, &vectors, $0) }
        guard let values, let vectors else { throw TorchError("libtorch returned no eigenvalues") }
        return (
            Tensor(handle: TensorHandle(owning: values)), Tensor(handle: TensorHandle(owning: vectors))
        )
    }

    /// Returns the determinants `[...]` of matrices `[..., n, n]`.
    public func determinants() throws(TorchError) -> Tensor {
        try yield(using: self) { ct_determinant(pointer, $0, $1) }
    }
}
