internal import Analysis
internal import Torch

/// The consumer whose outputs from merged channels h' are nearest to its outputs from the channels h.
///
/// With the joint moments of h and h', `R = Cov(h, h') (Cov(h', h') + lambda I)^-1`, lambda being a
/// thousandth of the mean variance. Each output e is scaled by
/// `g_e = sqrt(v_e Cov(h) v_e^T / v'_e Cov(h') v'_e^T)` with `v' = v R`, which restores the variance that
/// least squares loses, and the bias restores its mean.
struct MatchedConsumer {
    /// The share of the mean variance that is added to the diagonal.
    static let ridge = 1e-3
    /// The least addition to the diagonal, as a share of the mean square: channels that hardly vary have
    /// variances of rounding errors.
    private static let rounding = 1e-10

    /// R `[n, m]`.
    let matrix: Tensor
    /// One factor per output of the consumer.
    let gain: [Double]
    /// The change of each output's bias.
    let shift: [Double]

    /// Solves for the consumer.
    ///
    /// - Parameters:
    ///   - weights: v, summed over the kernel. `[out, n]`
    ///   - moments: The joint moments of the n channels and the m merged ones where the consumer reads them.
    ///   - hasBias: Whether means can be corrected; if not, second moments about zero replace the
    ///     covariances.
    init(weights: Tensor, moments: JointMoments, hasBias: Bool) throws {
        let n = weights.shape[1]
        let m = moments.mean.count - n
        var second = moments.covariance
        if !hasBias {
            let column = try moments.mean.reshaped([n + m, 1])
            second = try second.adding(column.matrixMultiplied(by: column.transposed()))
        }
        let (before, after) = (0..<n, n..<(n + m))
        func block(_ rows: Range<Int>, _ columns: Range<Int>) throws -> Tensor {
            try second.sliced(axis: 0, rows).sliced(axis: 1, columns)
        }
        let merged = try block(after, after)
        let variance = try merged.diagonal().doubles().reduce(0, +) / Double(m)
        let identity = try Tensor.identity(m)
        let means = try moments.mean.sliced(axis: 0, after).doubles()
        let square = means.reduce(0) { $0 + $1 * $1 } / Double(m)
        let damping = max(max(variance, 1e-30) * Self.ridge, square * Self.rounding)
        let damped = try merged.adding(identity.applying(.multiplied(damping)))
        matrix = try damped.solvedAsPositiveDefinite(block(after, before)).transposed()
        let dense = try block(before, before)
        let newWeights = try weights.matrixMultiplied(by: matrix)
        let wanted = try weights.matrixMultiplied(by: dense).multiplied(by: weights)
            .reduced(.sum, axes: [1]).doubles()
        let reached = try newWeights.matrixMultiplied(by: merged).multiplied(by: newWeights)
            .reduced(.sum, axes: [1]).doubles()
        gain = zip(wanted, reached).map { wanted, reached in
            wanted > 0 && reached > 0 ? (wanted / reached).squareRoot() : 1
        }
        guard hasBias else {
            shift = []
            return
        }
        let wantedMeans = try weights.matrixMultiplied(by: moments.mean.sliced(axis: 0, before)).doubles()
        let newMeans = try newWeights.matrixMultiplied(by: moments.mean.sliced(axis: 0, after)).doubles()
        shift = zip(zip(wantedMeans, newMeans), gain).map { $0.0 - $0.1 * $1 }
    }
}
