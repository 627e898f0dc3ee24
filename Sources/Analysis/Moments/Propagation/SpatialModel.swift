internal import Foundation

/// The assumed correlation of activations at different positions of one map.
package enum SpatialModel {
    /// The correlation of a channel with itself at two positions that the same kernel or window sees.
    package static let correlation = 0.7

    /// The share of the variance that averaging over a number of positions leaves: `r + (1 - r) / count`.
    static func averagedVariance(over count: Int) -> Double {
        correlation + (1 - correlation) / Double(max(count, 1))
    }

    /// The mean and the variance of the maximum over a number of positions, each of variance one.
    ///
    /// With `x_p = sqrt(r) u + sqrt(1 - r) e_p`, u and all e standard normal, the largest e has the density
    /// `k phi(e) Phi(e)^(k - 1)`, which is integrated.
    static func greatest(of count: Int) -> (mean: Double, variance: Double) {
        let step = 1.0 / 64
        var (mass, first, second) = (0.0, 0.0, 0.0)
        for index in -640...640 {
            let x = Double(index) * step
            let density = exp(-0.5 * x * x) * pow(0.5 * (1 + erf(x * 0.5.squareRoot())), Double(count - 1))
            mass += density
            first += x * density
            second += x * x * density
        }
        let mean = first / mass
        return (
            (1 - correlation).squareRoot() * mean,
            correlation + (1 - correlation) * (second / mass - mean * mean)
        )
    }
}
