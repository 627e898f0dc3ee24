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

    /// Returns `X X^T` of a matrix X [n, k]; each pair of rows is multiplied once.
    package func rowProducts() throws(TorchError) -> Tensor {
        try symmetricProduct(with: transposed())
    }

    /// Returns `self right` of matrices [n, k] and [k, n] whose product is symmetric, in half the time.
    package func symmetricProduct(with right: Tensor) throws(TorchError) -> Tensor {
        try yield(using: self, right) { ct_symmetric_product(nil, pointer, right.pointer, 1, $0, $1) }
    }

    /// Returns `self + factor left right` for a symmetric matrix and a symmetric product, in half the time.
    package func adding(
        _ factor: Double, symmetricProductOf left: Tensor, and right: Tensor
    ) throws(TorchError) -> Tensor {
        try yield(using: self, left, right) {
            ct_symmetric_product(pointer, left.pointer, right.pointer, factor, $0, $1)
        }
    }

    /// Returns weighted sums of slices of the first axis.
    ///
    /// - Parameters:
    ///   - terms: The slice to add to, the slice to read, and its weight.
    ///   - count: The number of sums; those without terms are zero.
    /// - Throws: `TorchError` for a slice out of range.
    package func mixingSlices(
        _ terms: [(target: Int, source: Int, weight: Double)], count: Int
    ) throws(TorchError) -> Tensor {
        let (targets, sources) = (terms.map { Int64($0.target) }, terms.map { Int64($0.source) })
        return try yield(using: self) {
            ct_mix_slices(
                pointer, targets, sources, terms.map(\.weight), Int64(terms.count), Int64(count), $0, $1)
        }
    }

    /// Returns `sum_k c_k,i c_k,j rho_ij^k` for the correlations `rho_ij = C_ij / (sigma_i sigma_j)` of a covariance C `[n, n]`,
    /// within [-1, 1]. `[n, n]`, double precision
    ///
    /// All powers of one element are summed before the next element, each pair of channels once.
    /// - Parameters:
    ///   - deviations: sigma, none zero. `[n]`
    ///   - coefficients: c_1, c_2 and so on. `[powers, n]`
    package func correlationSeries(
        deviations: Tensor, coefficients: Tensor
    ) throws(TorchError) -> Tensor {
        try yield(using: self, deviations, coefficients) {
            ct_correlation_series(pointer, deviations.pointer, coefficients.pointer, $0, $1)
        }
    }
}
