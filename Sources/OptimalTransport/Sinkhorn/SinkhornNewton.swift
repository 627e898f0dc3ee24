internal import Foundation

/// Newton's steps on the dual of the entropic problem, for problems where sweeps are slow.
///
/// In the potentials g of the targets, with those of the sources set so that every source gives its mass,
///
///     F(g) = sum_j b_j g_j - sum_i a_i log sum_j exp(g_j - c_ij)
///     P_ij = a_i exp(g_j - c_ij) / sum_k exp(g_k - c_ik)
///     gradient: b - P^T 1          Hessian: P^T diag(1 / a) P - diag(P^T 1)
///
/// F is concave, and largest where every target receives its mass. A sweep changes each potential by itself,
/// so mass that has to pass through many targets takes many sweeps; the Hessian accounts for such paths. At a
/// small epsilon P is nearly sparse, which keeps the Hessian cheap.
/// Source: after Brauer, Clason, Lorenz and Wirth, "A Sinkhorn-Newton method for entropic optimal transport", 2017.
struct SinkhornNewton {
    /// c: the costs divided by the strength of the entropy, `[source, target]`.
    let costs: [Double]
    /// The masses of the sources, all positive.
    let source: [Double]
    /// The masses of the targets, all positive.
    let target: [Double]

    /// Shares of a source's mass below this are left out of the Hessian.
    private static let leastShare = 1e-13
    /// The number added to the diagonal, relative to the masses: the Hessian is singular in the direction of
    /// the sum of all potentials.
    private static let regularisation = 1e-10
    /// A full step is accepted if the slope at its end is at least minus this share of the slope at its
    /// start.
    private static let slopeShare = 0.5
    /// How often a step is shortened.
    private static let attempts = 80

    /// The plan, the received masses and F for some potentials.
    private struct Point {
        let potentials: [Double]
        /// P, `[source, target]`.
        var masses: [Double]
        /// The masses that the targets receive.
        var received: [Double]
        /// F.
        var value = 0.0
    }

    /// Returns potentials of the targets with a larger F; the same ones if rounding prevents any increase.
    ///
    /// O(n m) per evaluation, O(n m^2 + m^3) for the step if P is dense.
    func step(from potentials: [Double]) -> [Double] {
        let start = point(potentials)
        let gradient = zip(target, start.received).map { $0 - $1 }
        let direction = direction(start, gradient)
        let slope = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
        guard slope > 0, slope.isFinite else { return potentials }
        var length = 1.0
        for _ in 0..<Self.attempts {
            let end = point(zip(potentials, direction).map { $0 + length * $1 })
            let endSlope = (0..<target.count).reduce(0) {
                $0 + (target[$1] - end.received[$1]) * direction[$1]
            }
            // F is concave: if it still rises at a point, it has risen all the way.
            let rises = endSlope >= 0
            let tolerated = 1e-13 * max(start.value.magnitude, 1)
            if rises || endSlope >= -Self.slopeShare * slope && end.value >= start.value - tolerated {
                return end.potentials
            }
            length *= min(max(slope / (slope - endSlope), 0.1), 0.7)
        }
        return potentials
    }

    private func point(_ potentials: [Double]) -> Point {
        let m = target.count
        var point = Point(
            potentials: potentials, masses: [Double](repeating: 0, count: costs.count),
            received: [Double](repeating: 0, count: m))
        for column in 0..<m { point.value += target[column] * potentials[column] }
        costs.withUnsafeBufferPointer { costs in
            point.masses.withUnsafeMutableBufferPointer { masses in
                for row in source.indices {
                    let start = row * m
                    var largest = -Double.infinity
                    for column in 0..<m { largest = max(largest, potentials[column] - costs[start + column]) }
                    var sum = 0.0
                    for column in 0..<m {
                        let difference = potentials[column] - costs[start + column] - largest
                        let entry = difference < -700 ? 0 : exp(difference)
                        masses[start + column] = entry
                        sum += entry
                    }
                    let factor = source[row] / sum
                    for column in 0..<m {
                        masses[start + column] *= factor
                        point.received[column] += masses[start + column]
                    }
                    point.value -= source[row] * (largest + log(sum))
                }
            }
        }
        return point
    }

    /// Solves the Hessian's system for the gradient, rows and columns scaled by the roots of the masses.
    private func direction(_ point: Point, _ gradient: [Double]) -> [Double] {
        let m = target.count
        let scales = zip(target, point.received).map { 1 / max($0, $1).squareRoot() }
        var matrix = [Double](repeating: 0, count: m * m)
        matrix.withUnsafeMutableBufferPointer { matrix in
            var columns: [Int] = []
            var entries: [Double] = []
            for row in source.indices {
                columns.removeAll(keepingCapacity: true)
                entries.removeAll(keepingCapacity: true)
                let least = Self.leastShare * source[row]
                let root = 1 / source[row].squareRoot()
                for column in 0..<m where point.masses[row * m + column] > least {
                    columns.append(column)
                    entries.append(point.masses[row * m + column] * root * scales[column])
                }
                Self.subtractSquare(of: entries, at: columns, from: matrix, count: m)
            }
            for column in 0..<m {
                let scale = scales[column]
                matrix[column * (m + 1)] += point.received[column] * scale * scale + Self.regularisation
            }
        }
        var solution = zip(gradient, scales).map { $0 * $1 }
        CholeskySolver.solve(&matrix, &solution)
        return zip(solution, scales).map { $0 * $1 }
    }

    /// Subtracts `x x^T` from the lower triangle of a matrix, for an x with few entries.
    private static func subtractSquare(
        of entries: [Double], at columns: [Int], from matrix: UnsafeMutableBufferPointer<Double>, count: Int
    ) {
        let isDense = columns.count == count
        entries.withUnsafeBufferPointer { entries in
            columns.withUnsafeBufferPointer { columns in
                for row in columns.indices {
                    let (factor, start) = (entries[row], columns[row] * count)
                    if isDense {
                        for index in 0...row { matrix[start + index] -= factor * entries[index] }
                    } else {
                        for index in 0...row { matrix[start + columns[index]] -= factor * entries[index] }
                    }
                }
            }
        }
    }
}
