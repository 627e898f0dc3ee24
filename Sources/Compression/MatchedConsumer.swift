internal import Analysis
internal import Torch

/// The consumer whose outputs from merged channels h' are nearest to its outputs from the channels h.
///
/// With the joint moments of h and h', `R = Cov(h, h') (Cov(h', h') + lambda I)^-1`, lambda being a
/// thousandth of the mean variance. Each output e is scaled by
/// `g_e = sqrt(v_e Cov(h) v_e^T / v'_e Cov(h') v'_e^T)` with `v' = v R`, which restores the variance that
/// least squares loses, and the bias restores its mean. Where h' are some of the channels h, `S h' = h` for these, the
/// damping draws towards S instead of zero, `R = (Cov(h, h') + lambda S) (Cov(h', h') + lambda I)^-1`: they are read as
/// before, whatever goes. If means cannot be corrected, second moments about zero replace
/// the covariances.
struct MatchedConsumer {
    /// The share of the mean variance that is added to the diagonal.
    static let ridge = 1e-3
    /// The least addition to the diagonal, as a share of the mean square: channels that hardly vary have
    /// variances of rounding errors.
    private static let rounding = 1e-10

    private let moments: MergedMoments
    private let hasBias: Bool
    /// lambda
    private let damping: Double

    /// Prepares the fit of a layer.
    ///
    /// - Parameters:
    ///   - moments: The joint moments of the n channels and the m merged ones where the layer reads them.
    ///   - hasBias: Whether means can be corrected.
    init(_ moments: MergedMoments, hasBias: Bool) throws {
        self.moments = moments
        self.hasBias = hasBias
        let m = Double(moments.after.mean.count)
        let square = try moments.after.mean.doubles().reduce(0) { $0 + $1 * $1 } / m
        let variance =
            try moments.after.covariance.diagonal().doubles().reduce(0, +) / m + (hasBias ? 0 : square)
        damping = max(max(variance, 1e-30) * Self.ridge, square * Self.rounding)
    }

    /// R. `[n, m]`, O(n m^2)
    func matrix() throws -> Tensor {
        var right = try about(moments.crossing, moments.before.mean)
        if let kept = moments.selected {
            let staying = try Tensor.identity(moments.before.mean.count).selecting(axis: 1, kept)
            right = try right.adding(staying.applying(.multiplied(damping)))
        }
        return try solved(right)
    }

    /// The layer's outputs with gain and shift.
    ///
    /// As `v' (Cov(h') + lambda I)` is what was solved for, no product with the covariances is left to compute: O(rows m^2) for the
    /// solution.
    func reading(_ outputs: PredictedOutputs) throws -> PredictedOutputs.Reading {
        let rows = outputs.rows
        let oldMeans = try rows.values.matrixMultiplied(by: moments.before.mean)
        var right = try about(outputs.crossing, oldMeans)
        if let kept = moments.selected {
            right = try right.adding(
                rows.values.selecting(axis: 1, kept).applying(.multiplied(damping)))
        }
        let merged = try solved(right)
        let newMeans = try merged.matrixMultiplied(by: moments.after.mean)
        // v' Cov(h') v'^T, or the second moments.
        let reached = try right.subtracting(merged.applying(.multiplied(damping))).multiplied(by: merged)
            .reduced(.sum, axes: [1])
        var wanted = try outputs.own.multiplied(by: rows.values).reduced(.sum, axes: [1])
        if !hasBias { wanted = try wanted.adding(oldMeans.multiplied(by: oldMeans)) }
        let gain = zip(try rows.sums(wanted), try rows.sums(reached)).map { wanted, reached in
            wanted > 0 && reached > 0 ? (wanted / reached).squareRoot() : 1
        }
        return PredictedOutputs.Reading(
            rows: merged,
            variances: hasBias ? reached : try reached.subtracting(newMeans.multiplied(by: newMeans)),
            gain: gain,
            shift: hasBias
                ? zip(zip(try rows.sums(oldMeans), try rows.sums(newMeans)), gain).map { $0.0 - $0.1 * $1 }
                : nil)
    }

    /// Returns `X (Cov(h') + lambda I)^-1` for X `[rows, m]`.
    private func solved(_ right: Tensor) throws -> Tensor {
        let m = moments.after.mean.count
        let damped = try about(moments.after.covariance, moments.after.mean)
            .adding(Tensor.identity(m).applying(.multiplied(damping)))
        return try damped.solvedAsPositiveDefinite(right.transposed()).transposed()
    }

    /// Returns covariances with the merged channels, `[rows, m]`, about zero if means cannot be corrected.
    private func about(_ covariance: Tensor, _ means: Tensor) throws -> Tensor {
        guard !hasBias else { return covariance }
        return try covariance.adding(
            means.reshaped([means.count, 1])
                .matrixMultiplied(by: moments.after.mean.reshaped([1, moments.after.mean.count])))
    }
}
