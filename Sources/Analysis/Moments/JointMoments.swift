package import Torch

/// The joint first and second moments of a group's channels on one value: of the n channels, and of the m
/// that they would be merged into.
///
/// Positions 0 ..< n are the channels before merging, n ..< n + m the merged ones.
package struct JointMoments: Sendable {
    /// E[x]. `[n + m]`, double precision
    package let mean: Tensor
    /// Cov(x). `[n + m, n + m]`, double precision
    package let covariance: Tensor

    /// The joint moments of z and z' = M z for z with the given mean and covariance; of z alone without an M.
    package init(mean: Tensor, covariance: Tensor, merging matrix: Tensor?) throws {
        guard let matrix else {
            self.init(mean: mean, covariance: covariance)
            return
        }
        let merged = try matrix.matrixMultiplied(by: covariance)
        self.init(
            mean: try .concatenated([mean, matrix.matrixMultiplied(by: mean)], axis: 0),
            covariance: try .concatenated(
                [
                    .concatenated([covariance, merged.transposed()], axis: 1),
                    .concatenated([merged, merged.matrixMultiplied(by: matrix.transposed())], axis: 1),
                ], axis: 0))
    }

    /// The joint moments of z and of some of its channels.
    func selecting(_ channels: [Int]) throws -> JointMoments {
        let positions = Array(0..<mean.count) + channels
        return JointMoments(
            mean: try mean.selecting(axis: 0, positions),
            covariance: try covariance.selecting(axis: 0, positions).selecting(axis: 1, positions))
    }

    /// Wraps given moments.
    package init(mean: Tensor, covariance: Tensor) {
        self.mean = mean
        self.covariance = covariance
    }

    /// The deviation of each channel. `[n + m]`
    func deviation() throws -> Tensor {
        try covariance.diagonal().applying(.clamp(low: 0, high: .infinity)).applying(.squareRoot)
    }

    /// Adds an independent value's moments, scaled by a factor.
    func adding(_ other: JointMoments, times factor: Double) throws -> JointMoments {
        JointMoments(
            mean: try mean.adding(other.mean.applying(.multiplied(factor))),
            covariance: try covariance.adding(other.covariance.applying(.multiplied(factor * factor))))
    }

    /// The moments of `x y` with y independent of x:
    /// `Cov = C_x o C_y + C_x o m_y m_y^T + m_x m_x^T o C_y` with the elementwise product o.
    func multiplied(byIndependent other: JointMoments) throws -> JointMoments {
        func outer(_ mean: Tensor) throws -> Tensor {
            try mean.reshaped([mean.count, 1]).multiplied(by: mean.reshaped([1, mean.count]))
        }
        return JointMoments(
            mean: try mean.multiplied(by: other.mean),
            covariance: try covariance.multiplied(by: other.covariance.adding(outer(other.mean)))
                .adding(other.covariance.multiplied(by: outer(mean))))
    }

    /// The moments with each deviation scaled by a factor and the means unchanged. `[n + m]`
    func deviating(by factor: Tensor) throws -> JointMoments {
        let zero = try Tensor(repeating: 0, shape: [mean.count], type: .float64)
        return JointMoments(mean: mean, covariance: try scaled(by: factor, shift: zero).covariance)
    }

    /// The moments of factor x + shift, channel by channel. Both `[n + m]`
    func scaled(by factor: Tensor, shift: Tensor) throws -> JointMoments {
        let count = mean.count
        return JointMoments(
            mean: try mean.multiplied(by: factor).adding(shift),
            covariance: try covariance.multiplied(by: factor.reshaped([count, 1]))
                .multiplied(by: factor.reshaped([1, count])))
    }

    /// The moments of f(x) for jointly normal x.
    ///
    /// `Cov(f(x_i), f(x_j)) = sum_k c_k,i c_k,j rho_ij^k` with the function's Hermite coefficients. The
    /// variance left after the last coefficient counts as one more term, so equal channels stay equal.
    package func transformed(by function: HermiteExpansion.Function) throws -> JointMoments {
        try expanded(by: function).moments
    }

    /// The moments of f(x) as from `transformed(by:)`, and the slopes `E[f'(x)] = c_1 / sigma`. `[n + m]`
    func expanded(by function: HermiteExpansion.Function) throws -> (moments: JointMoments, slope: Tensor) {
        let deviation = try deviation()
        let expansion = try HermiteExpansion(function, mean: mean, deviation: deviation)
        let safe = try deviation.applying(.clamp(low: HermiteExpansion.leastDeviation, high: .infinity))
        let sum = try CorrelationSeries.sum(
            covariance: covariance, deviation: safe, coefficients: expansion.coefficients)
        let slope = try expansion.coefficients[0].divided(by: safe)
        return (JointMoments(mean: expansion.mean, covariance: sum), slope)
    }
}
