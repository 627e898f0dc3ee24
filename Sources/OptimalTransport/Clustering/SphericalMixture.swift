import Foundation

/// A mixture of spherical Gaussians whose means are weighted means of the points; see `GaussianMixture` for the formulas.
struct SphericalMixture {
    private let points: SquaredDistances
    private let count: Int
    private let regularisation: Double
    /// The weights of the points in each mean.
    private var means: [[(point: Int, weight: Double)]]
    /// The squared distances of all points from each mean.
    private var distances: [[Double]]
    private var variances: [Double]
    /// The logarithms of the components' weights pi.
    private var logarithms: [Double]

    /// The least number of points in a component, so that no logarithm is of zero.
    private static let leastMass = 10 * Double.ulpOfOne
    /// Weights of a mean up to this are dropped.
    private static let leastWeight = 1e-15

    /// Fits components to their shares of every point, `[components, points]`; each has some.
    init(shares: [Double], count: Int, of points: SquaredDistances, regularisation: Double) {
        self.points = points
        self.count = count
        self.regularisation = regularisation
        means = [[(point: Int, weight: Double)]](repeating: [], count: count)
        distances = [[Double]](repeating: [], count: count)
        variances = [Double](repeating: 0, count: count)
        logarithms = [Double](repeating: 0, count: count)
        maximise(shares)
    }

    /// Fits weights, means and variances to the components' shares of every point.
    mutating func maximise(_ shares: [Double]) {
        for component in 0..<count {
            let own = shares[component * points.count..<(component + 1) * points.count]
            let mass = own.reduce(0, +)
            // Without points there is no mean: it stays unchanged.
            if mass > Self.leastMass {
                means[component] = own.enumerated().compactMap { point, share in
                    share / mass > Self.leastWeight ? (point: point, weight: share / mass) : nil
                }
                distances[component] = points.distances(toMean: means[component])
            }
            let spread = zip(own, distances[component]).reduce(0) { $0 + $1.0 * $1.1 }
            let total = mass + Self.leastMass
            variances[component] = spread / (Double(points.dimension) * total) + regularisation
            logarithms[component] = log(total / Double(points.count))
        }
    }

    /// Returns the components' shares of every point, `[components, points]`, and the mean log-density of the
    /// points.
    func expectation() -> (shares: [Double], density: Double) {
        let n = points.count
        var shares = [Double](repeating: 0, count: count * n)
        for component in 0..<count {
            let variance = variances[component]
            let base =
                logarithms[component] - Double(points.dimension) / 2 * log(2 * Double.pi * variance)
            for point in 0..<n {
                shares[component * n + point] = base - distances[component][point] / (2 * variance)
            }
        }
        var density = 0.0
        for point in 0..<n {
            var largest = -Double.infinity
            for component in 0..<count { largest = max(largest, shares[component * n + point]) }
            var sum = 0.0
            for component in 0..<count {
                let share = exp(shares[component * n + point] - largest)
                shares[component * n + point] = share
                sum += share
            }
            for component in 0..<count { shares[component * n + point] /= sum }
            density += largest + log(sum)
        }
        return (shares, density / Double(n))
    }

    /// The weights of the points in each mean, `[components, points]`.
    var weights: SparseMatrix {
        SparseMatrix(
            unchecked: means.enumerated().flatMap { row, mean in
                mean.map { SparseMatrix.Entry(row: row, column: $0.point, value: $0.weight) }
            }, rows: count, columns: points.count)
    }
}
