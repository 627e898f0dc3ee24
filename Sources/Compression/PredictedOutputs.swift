internal import Analysis
internal import OptimalTransport
internal import Torch

/// The outputs of a layer that reads a group's channels, under the moments of these and of merged ones.
struct PredictedOutputs {
    /// F, the rows of the metric of the outputs. `[rows, n]`
    let rows: OutputRows
    let moments: MergedMoments
    /// F Cov(h). `[rows, n]`
    let own: Tensor
    /// F Cov(h, h'). `[rows, m]`
    let crossing: Tensor

    /// The outputs for one way to read merged channels, `V' = V R`.
    struct Reading {
        /// F R. `[rows, m]`
        let rows: Tensor
        /// The variances `F R Cov(h') R^T F^T`: of each row, or only their sum.
        let variances: Tensor
        /// One factor per output; nil is one, and is needed for a sum.
        var gain: [Double]?
        var shift: [Double]?
    }

    /// Multiplies rows by the moments. O(rows n^2) for n channels, O(rows n m) if `own` is known.
    init(_ rows: OutputRows, reading moments: MergedMoments, own: Tensor? = nil) throws {
        self.rows = rows
        self.moments = moments
        let own = try own ?? rows.values.matrixMultiplied(by: moments.before.covariance)
        self.own = own
        crossing =
            try moments.selected.map { try own.selecting(axis: 1, $0) }
            ?? rows.values.matrixMultiplied(by: moments.crossing)
    }

    /// The outputs if a matrix R `[n, m]` with few entries makes the weights. O(rows m^2)
    func reading(by matrix: SparseMatrix) throws -> Reading {
        let columns = try ChannelMixture(matrix.transposed).applied(to: rows.values.transposed())
        return Reading(
            rows: try columns.transposed(),
            variances: try columns.rowProducts().multiplied(by: moments.after.covariance)
                .reduced(.sum, axes: []))
    }

    /// The mean squared error of the outputs, as a share of their variance; see `MergeContext.predictions`.
    func error(of reading: Reading) throws -> Double {
        let total = try own.multiplied(by: rows.values).reduced(.sum, axes: []).scalar()
        let products = try crossing.multiplied(by: reading.rows)
        let spread: Double
        if let gain = reading.gain {
            let shared = try products.reduced(.sum, axes: [1]).doubles()
            let reached = try reading.variances.doubles()
            spread = rows.outputs.indices.reduce(total) { sum, row in
                let gain = gain[rows.outputs[row]]
                return sum + gain * (gain * reached[row] - 2 * shared[row])
            }
        } else {
            spread =
                try total + reading.variances.reduced(.sum, axes: []).scalar()
                - 2 * products.reduced(.sum, axes: []).scalar()
        }
        let old = try rows.sums(rows.values.matrixMultiplied(by: moments.before.mean))
        let new = try rows.sums(reading.rows.matrixMultiplied(by: moments.after.mean))
        let moved = old.indices.reduce(0.0) { sum, output in
            let difference =
                old[output] - (reading.gain?[output] ?? 1) * new[output] - (reading.shift?[output] ?? 0)
            return sum + difference * difference
        }
        let error = max(spread, 0) + moved
        // Outputs that never change are entirely wrong if they are shifted.
        return total > 0 ? error / total : error > 0 ? 1 : 0
    }
}
