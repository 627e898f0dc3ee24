/// Turns a plan that almost meets its marginals into one that meets them.
///
/// Rows, and then columns, that give or receive too much are scaled down; what is missing on both sides is
/// then distributed as the product of the two. The cost changes by at most twice the initial deviation times
/// the largest cost. Altschuler, Weed and Rigollet, "Near-linear time approximation algorithms for optimal
/// transport", NeurIPS 2017.
enum PlanRounding {
    /// Returns the masses, `[source, target]` in row-major order, made to meet both marginals. O(n m).
    static func rounded(_ masses: [Double], source: [Double], target: [Double]) -> [Double] {
        let (n, m) = (source.count, target.count)
        var result = masses
        for row in 0..<n {
            let range = row * m..<(row + 1) * m
            let sum = result[range].reduce(0, +)
            guard sum > source[row] else { continue }
            for index in range { result[index] *= source[row] / sum }
        }
        let sums = columnSums(result, n, m)
        let factors = zip(target, sums).map { $1 > $0 ? $0 / $1 : 1 }
        for row in 0..<n {
            for column in 0..<m { result[row * m + column] *= factors[column] }
        }
        let missing = (0..<n).map { row in
            max(0, source[row] - result[row * m..<(row + 1) * m].reduce(0, +))
        }
        let lacking = zip(target, columnSums(result, n, m)).map { max(0, $0 - $1) }
        let total = missing.reduce(0, +)
        guard total > 0 else { return result }
        for row in 0..<n where missing[row] > 0 {
            for column in 0..<m { result[row * m + column] += missing[row] / total * lacking[column] }
        }
        return result
    }

    /// Whether a mass is such a small part of what its source gives and its target receives that all such
    /// masses of a row or column together can be dropped.
    static func isDust(_ mass: Double, row: Int, column: Int, _ kernel: SinkhornKernel) -> Bool {
        let share = 1e-11
        return mass * Double(kernel.target.count) <= share * kernel.source[row]
            && mass * Double(kernel.source.count) <= share * kernel.target[column]
    }

    private static func columnSums(_ masses: [Double], _ n: Int, _ m: Int) -> [Double] {
        var sums = [Double](repeating: 0, count: m)
        for row in 0..<n {
            for column in 0..<m { sums[column] += masses[row * m + column] }
        }
        return sums
    }
}
