import Foundation
import OptimalTransport
import Torch

/// Slow and obvious counterparts that the library is checked against.
enum Naive {
    /// The p-norm distance in `Double`, term by term.
    static func distance(_ left: ArraySlice<Float>, _ right: ArraySlice<Float>, p: Double) -> Double {
        let differences = zip(left, right).map { abs(Double($0) - Double($1)) }
        if p == .infinity { return differences.max() ?? 0 }
        return pow(differences.map { pow($0, p) }.reduce(0, +), 1 / p)
    }

    /// The sum of the absolute differences.
    static func norm(_ left: [Double], _ right: [Double]) -> Double {
        zip(left, right).reduce(0) { $0 + abs($1.0 - $1.1) }
    }

    /// The least cost of a complete assignment of a square cost table, by trying all permutations.
    static func cheapestPermutation(_ cost: [[Double]]) -> Double {
        func best(_ row: Int, _ free: [Int]) -> Double {
            guard row < cost.count else { return 0 }
            return free.indices.map { position in
                var rest = free
                let column = rest.remove(at: position)
                return cost[row][column] + best(row + 1, rest)
            }.min() ?? .infinity
        }
        return best(0, Array(cost.indices))
    }

    /// The least cost of a complete assignment, by the recursion over sets of assigned columns.
    static func cheapestAssignment(_ cost: [[Double]]) -> Double {
        let count = cost.count
        var best = [Double](repeating: .infinity, count: 1 << count)
        best[0] = 0
        for set in best.indices {
            let row = set.nonzeroBitCount
            guard row < count else { continue }
            for column in 0..<count where set & (1 << column) == 0 {
                let next = set | (1 << column)
                best[next] = min(best[next], best[set] + cost[row][column])
            }
        }
        return best[best.count - 1]
    }

    /// The least cost of a plan whose marginals are whole numbers of equal units: each unit is assigned by
    /// itself.
    static func cheapestPlan(_ cost: CostMatrix, sourceUnits: [Int], targetUnits: [Int]) -> Double {
        let rows = sourceUnits.indices.flatMap { Array(repeating: $0, count: sourceUnits[$0]) }
        let columns = targetUnits.indices.flatMap { Array(repeating: $0, count: targetUnits[$0]) }
        let units = rows.map { row in columns.map { cost[row, $0] } }
        return cheapestAssignment(units) / Double(rows.count)
    }
}

extension SplitMixGenerator {
    /// A uniform number between zero and one.
    mutating func unit() -> Double { Double.random(in: 0..<1, using: &self) }

    /// A whole number in a range.
    mutating func integer(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
}

/// Clusterings of points themselves, term by term.
extension Naive {
    /// The points in `Double`.
    static func points(_ features: FeatureMatrix) -> [[Double]] {
        (0..<features.rows).map { row in
            features.values[row * features.columns..<(row + 1) * features.columns].map(Double.init)
        }
    }

    static func squaredDistance(_ left: [Double], _ right: [Double]) -> Double {
        zip(left, right).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }

    /// Weighted means of the points.
    static func means(_ weights: SparseMatrix, _ features: FeatureMatrix) -> [[Double]] {
        let (dense, points) = (weights.dense(), points(features))
        return (0..<weights.rows).map { row in
            (0..<features.columns).map { column in
                points.indices.reduce(0) {
                    $0 + dense[row * weights.columns + $1] * points[$1][column]
                }
            }
        }
    }

    /// The sum of the squared distances of all points to the nearest mean.
    static func inertia(_ means: [[Double]], _ features: FeatureMatrix) -> Double {
        points(features).reduce(0) { sum, point in
            sum + means.reduce(.infinity) { min($0, squaredDistance(point, $1)) }
        }
    }

    /// The least sum of squared distances to the means of clusters, by trying every division of the points.
    static func leastInertia(_ features: FeatureMatrix, count: Int) -> Double {
        let points = points(features)
        var best = Double.infinity
        func divide(_ next: Int, _ clusters: [[Int]]) {
            guard next < points.count else {
                guard clusters.count == count else { return }
                var sum = 0.0
                for cluster in clusters {
                    let mean = (0..<features.columns).map { column in
                        cluster.reduce(0) { $0 + points[$1][column] } / Double(cluster.count)
                    }
                    for point in cluster { sum += squaredDistance(points[point], mean) }
                }
                best = min(best, sum)
                return
            }
            for index in clusters.indices {
                var more = clusters
                more[index].append(next)
                divide(next + 1, more)
            }
            if clusters.count < count { divide(next + 1, clusters + [[next]]) }
        }
        divide(0, [])
        return best
    }

    /// A mixture of spherical Gaussians by expectation maximisation, from given shares `[components, points]`.
    static func sphericalMixture(
        _ features: FeatureMatrix, start: [Double], count: Int, regularisation: Double, tolerance: Double
    ) -> (means: [[Double]], density: Double) {
        let points = points(features)
        let (n, d) = (points.count, Double(features.columns))
        var shares = (0..<count).map { component in (0..<n).map { start[component * n + $0] } }
        var means: [[Double]] = []
        var (variances, weights): ([Double], [Double]) = ([], [])
        func maximise() {
            means = []
            (variances, weights) = ([], [])
            for own in shares {
                let mass = own.reduce(0, +)
                let mean = (0..<features.columns).map { column in
                    (0..<n).reduce(0) { $0 + own[$1] * points[$1][column] } / mass
                }
                let spread = (0..<n).reduce(0) { $0 + own[$1] * squaredDistance(points[$1], mean) }
                means.append(mean)
                variances.append(spread / (d * mass) + regularisation)
                weights.append(mass / Double(n))
            }
        }
        maximise()
        var before = -Double.infinity
        while true {
            var density = 0.0
            for point in 0..<n {
                let densities = (0..<count).map { component in
                    weights[component] * pow(2 * .pi * variances[component], -d / 2)
                        * exp(-squaredDistance(points[point], means[component]) / (2 * variances[component]))
                }
                let sum = densities.reduce(0, +)
                for component in 0..<count { shares[component][point] = densities[component] / sum }
                density += log(sum) / Double(n)
            }
            maximise()
            if abs(density - before) < tolerance { return (means, density) }
            before = density
        }
    }
}
