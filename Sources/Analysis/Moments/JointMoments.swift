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
    package init(mean: Tensor, covariance: Tensor, merging mixture: ChannelMixture?) throws {
        guard let mixture else {
            self.init(mean: mean, covariance: covariance)
            return
        }
        let merged = try mixture.applied(to: covariance)
        let crossing = try merged.transposed()
        self.init(
            mean: try .concatenated([mean, mixture.applied(to: mean)], axis: 0),
            covariance: try .concatenated(
                [
                    .concatenated([covariance, crossing], axis: 1),
                    .concatenated([merged, mixture.applied(to: crossing)], axis: 1),
                ], axis: 0))
    }

    /// Wraps given moments.
    package init(mean: Tensor, covariance: Tensor) {
        self.mean = mean
        self.covariance = covariance
    }

    /// The moments of the first channels.
    func first(_ count: Int) throws -> JointMoments {
        guard count < mean.count else { return self }
        return JointMoments(
            mean: try mean.sliced(axis: 0, 0..<count),
            covariance: try covariance.sliced(axis: 0, 0..<count).sliced(axis: 1, 0..<count))
    }

    /// The deviation of each channel. `[n + m]`
    func deviation() throws -> Tensor {
        try covariance.diagonal().applying(.clamp(low: 0, high: .infinity)).applying(.squareRoot)
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
        let powers = try Tensor.concatenated(
            expansion.coefficients.map { try $0.reshaped([1, mean.count]) }, axis: 0)
        let sum = try covariance.correlationSeries(deviations: safe, coefficients: powers)
        let slope = try expansion.coefficients[0].divided(by: safe)
        return (JointMoments(mean: expansion.mean, covariance: sum), slope)
    }
}
