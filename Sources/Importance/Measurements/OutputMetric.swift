internal import Torch

/// The metric Q of a consumer's outputs in its cheaper form: itself, or the rows F of `Q = F^T F`.
struct OutputMetric {
    /// F `[rows, n]` or Q `[n, n]`.
    private let matrix: Tensor
    private let isFactor: Bool

    /// Takes the rows F. `[rows, n]`, double precision
    init(rows: Tensor) throws {
        isFactor = rows.shape[0] <= rows.shape[1]
        matrix = isFactor ? rows : try rows.transposed().rowProducts()
    }

    /// Returns `E Q E` and `tr(Q E)` for the covariances E of some channels. O(n^2 min(n, rows))
    ///
    /// - Parameters:
    ///   - covariance: E. `[m, m]`
    ///   - channels: The m channels; nil is all.
    func gain(of covariance: Tensor, at channels: [Int]? = nil) throws -> (product: Tensor, trace: Double) {
        let own =
            try channels.map { channels in
                let columns = try matrix.selecting(axis: 1, channels)
                return isFactor ? columns : try columns.selecting(axis: 0, channels)
            } ?? matrix
        let seen = try own.matrixMultiplied(by: covariance)
        let product = try (isFactor ? seen.transposed() : covariance).symmetricProduct(with: seen)
        let trace =
            try isFactor
            ? seen.multiplied(by: own).reduced(.sum, axes: [])
            : seen.diagonal()
                .reduced(.sum, axes: [0])
        return (product, try trace.scalar())
    }
}
