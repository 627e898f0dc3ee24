internal import Foundation
package import Torch

/// The expansion of f(mu + sigma x) in normalised Hermite polynomials h_k = He_k / sqrt(k!), x standard normal.
///
/// For each channel `c_k = E[f(mu + sigma x) h_k(x)]`, so that `E[f] = c_0` and `Var(f) = sum_{k >= 1} c_k^2`.
package struct HermiteExpansion {
    /// A function of one element.
    package enum Function {
        /// max(0, x), whose coefficients are known in closed form.
        case rectification
        /// Any other, evaluated at many points.
        case other((Tensor) throws -> Tensor)
    }

    /// The highest power of the correlation with a term of its own.
    package static let order = 13
    /// Below this, a channel counts as constant.
    static let leastDeviation = 1e-12
    /// The range of the integration around a channel's mean, in deviations.
    private static let reach = 12.0
    private static let pointsPerDeviation = 64
    /// A smaller normal density counts as zero. What it contributes to a variance is below rounding, and its
    /// powers become subnormal numbers, which take ten times as long to multiply.
    private static let leastDensity = 1e-30

    /// E[f]. `[channels]`
    package let mean: Tensor
    /// c_1 ... c_order, then the deviation that they leave. Each `[channels]`
    package let coefficients: [Tensor]

    /// Expands a function around each channel's mean.
    ///
    /// - Parameters:
    ///   - function: The function.
    ///   - mean: mu. `[channels]`, double precision
    ///   - deviation: sigma. `[channels]`, double precision
    package init(_ function: Function, mean: Tensor, deviation: Tensor) throws {
        let moments =
            switch function {
            case .rectification: try Self.rectified(mean: mean, deviation: deviation)
            case .other(let function): try Self.integrated(function, mean: mean, deviation: deviation)
            }
        self.mean = moments.mean
        var rest = moments.variance
        for coefficient in moments.coefficients {
            rest = try rest.subtracting(coefficient.multiplied(by: coefficient))
        }
        coefficients =
            moments.coefficients
            + [try rest.applying(.clamp(low: 0, high: .infinity)).applying(.squareRoot)]
    }

    private typealias Moments = (mean: Tensor, variance: Tensor, coefficients: [Tensor])

    /// With alpha = mu / sigma: `c_0 = mu Phi(alpha) + sigma phi(alpha)`, `c_1 = sigma Phi(alpha)`,
    /// `c_k = sigma phi(alpha) h_{k-2}(-alpha) / sqrt(k (k - 1))`,
    /// `E[f^2] = (mu^2 + sigma^2) Phi(alpha) + mu sigma phi(alpha)`.
    private static func rectified(mean: Tensor, deviation: Tensor) throws -> Moments {
        let safe = try deviation.applying(.clamp(low: leastDeviation, high: .infinity))
        // Beyond this, nothing changes in double precision.
        let alpha = try mean.divided(by: safe).applying(.clamp(low: -40, high: 40))
        let square = try alpha.multiplied(by: alpha)
        let density = try square.applying(.multiplied(-0.5)).applying(.exponential)
            .applying(.multiplied(1 / (2 * Double.pi).squareRoot()))
            .applying(.thresholdedRelu(alpha: leastDensity))
        let share = try alpha.applying(.multiplied(0.5.squareRoot())).applying(.errorFunction)
            .applying(.multiplied(0.5)).applying(.adding(0.5))
        let scaledDensity = try deviation.multiplied(by: density)
        let first = try mean.multiplied(by: share).adding(scaledDensity)
        let second = try mean.multiplied(by: mean).adding(deviation.multiplied(by: deviation))
            .multiplied(by: share).adding(mean.multiplied(by: scaledDensity))
        var coefficients = [try deviation.multiplied(by: share)]
        let polynomials = try polynomials(at: alpha.applying(.negated), count: order - 1)
        for k in 2...order {
            coefficients.append(
                try scaledDensity.multiplied(by: polynomials[k - 2])
                    .applying(.multiplied(1 / Double(k * (k - 1)).squareRoot())))
        }
        return (first, try second.subtracting(first.multiplied(by: first)), coefficients)
    }

    /// The trapezoidal rule, which converges faster than any power for smooth integrands under the normal
    /// density.
    private static func integrated(
        _ function: (Tensor) throws -> Tensor, mean: Tensor, deviation: Tensor
    ) throws -> Moments {
        let half = Int(reach) * pointsPerDeviation
        let step = 1 / Double(pointsPerDeviation)
        let points = (-half...half).map { Double($0) * step }
        let weights = points.map { exp(-0.5 * $0 * $0) * step / (2 * Double.pi).squareRoot() }
        let (x, weight) = (try Tensor(points), try Tensor(weights, shape: [1, points.count]))
        let channels = mean.count
        let inputs = try deviation.reshaped([channels, 1]).multiplied(by: x.reshaped([1, points.count]))
            .adding(mean.reshaped([channels, 1]))
        let values = try function(inputs).converted(to: .float64)
        let weighted = try values.multiplied(by: weight)
        let first = try weighted.reduced(.sum, axes: [1])
        let centred = try values.subtracting(first.reshaped([channels, 1]))
        let variance = try centred.multiplied(by: centred).multiplied(by: weight).reduced(.sum, axes: [1])
        let coefficients = try polynomials(at: x, count: order + 1).dropFirst().map {
            try weighted.matrixMultiplied(by: $0)
        }
        return (first, variance, coefficients)
    }

    /// Returns h_0 ... at points by `sqrt(k + 1) h_{k+1} = x h_k - sqrt(k) h_{k-1}`.
    private static func polynomials(at x: Tensor, count: Int) throws -> [Tensor] {
        var result = [try Tensor(repeating: 1, shape: x.shape, type: .float64), x]
        for k in 1..<max(count - 1, 1) {
            let next = try x.multiplied(by: result[k])
                .subtracting(result[k - 1].applying(.multiplied(Double(k).squareRoot())))
            result.append(try next.applying(.multiplied(1 / Double(k + 1).squareRoot())))
        }
        return Array(result.prefix(count))
    }
}
