import Foundation

/// The means of a mixture of spherical Gaussians, each with its own weight and variance, fitted by
/// expectation maximisation starting from k-means.
///
/// With the squared distances E_ij of the points from the means, of d coordinates, and `N_j = sum_i r_ij`:
///
///     r_ij proportional to pi_j v_j^(-d/2) exp(-E_ij / (2 v_j))
///     mean_j = sum_i r_ij x_i / N_j    v_j = sum_i r_ij E_ij / (d N_j) + regularisation    pi_j = N_j / n
///
/// until the mean log-density changes by less than `tolerance`. These are scikit-learn's definitions and defaults for
/// covariances of the type "spherical". A component that loses all points keeps its mean.
public struct GaussianMixture: Clustering, TransportMethod {
    public static let name = "gaussian_mixture"
    public static let summary = "the means of a mixture of spherical Gaussians"

    /// The seed of the initial clusters.
    public let seed: UInt64
    /// The number added to every variance, so that components of one point remain possible.
    public let regularisation: Double
    /// The change of the mean log-density at which the iteration ends.
    public let tolerance: Double
    /// The number of iterations after which the method gives up.
    public let iterationLimit: Int

    /// Creates the method.
    ///
    /// - Throws: `TransportError` for a regularisation or tolerance that is not positive and finite, or a limit below one.
    public init(
        seed: UInt64 = 0, regularisation: Double = 1e-6, tolerance: Double = 1e-3,
        iterationLimit: Int = 10_000
    ) throws {
        for value in [regularisation, tolerance] where !(value > 0 && value.isFinite) {
            throw TransportError.invalidTolerance(value)
        }
        guard iterationLimit >= 1 else { throw TransportError.invalidIterationLimit(iterationLimit) }
        self.seed = seed
        self.regularisation = regularisation
        self.tolerance = tolerance
        self.iterationLimit = iterationLimit
    }

    public init(options: TransportMethodOptions) throws {
        try self.init(seed: options.seed)
    }

    /// Returns the components' means. O(n^2 m) per iteration, O(n^2) if every point clearly belongs to one
    /// component.
    ///
    /// - Throws: `TransportError.invalidClusterCount` unless `count` is in `1...points`, and
    ///   `TransportError.notConverged`.
    public func clusters(of points: SquaredDistances, count: Int) throws -> Clusters {
        let start = try KMeans(seed: seed).clusters(of: points, count: count)
        // At first every point belongs entirely to one cluster.
        var mixture = SphericalMixture(
            shares: start.weights.dense().map { $0 > 0 ? 1 : 0 }, count: count, of: points,
            regularisation: regularisation)
        var (density, change) = (-Double.infinity, Double.infinity)
        for _ in 0..<iterationLimit {
            let expected = mixture.expectation()
            mixture.maximise(expected.shares)
            change = (expected.density - density).magnitude
            density = expected.density
            if change < tolerance { return Clusters(weights: mixture.weights, objective: -density) }
        }
        throw TransportError.notConverged(
            method: GaussianMixture.name, limit: iterationLimit, deviation: change, tolerance: tolerance)
    }
}
