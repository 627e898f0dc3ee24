import Foundation

/// The state of Sinkhorn's iteration: a plan `T_ij = x_i exp(f_i + g_j - c_ij) y_j`.
///
/// The potentials f and g are logarithms. A sweep only changes the factors x and y, with two products with
/// the kernel `exp(f_i + g_j - c_ij)` and no exponential. When a factor has grown or shrunk too far, all
/// factors are absorbed into the potentials, and the kernel is recomputed. This is the iteration in
/// logarithms at the price of the plain one. As the columns of the kernel then sum to the target masses, no
/// sum can vanish.
struct SinkhornKernel {
    /// The masses of the sources, all positive.
    let source: [Double]
    /// The masses of the targets, all positive.
    let target: [Double]
    /// c: the costs divided by the strength of the entropy, `[source, target]`.
    private let costs: [Double]
    private var sourceLogarithms: [Double]
    private var targetLogarithms: [Double]
    private var kernel: [Double]
    private var sourceFactors: [Double]
    private var targetFactors: [Double]

    /// Factors stay between the inverse of this and this.
    private static let factorLimit = 1e20
    /// Smaller entries of a kernel are set to zero: with any factors they are negligible beside the others,
    /// and subnormal numbers are slow.
    private static let leastEntry = 1e-250

    /// Starts with a plan that meets the target masses.
    ///
    /// - Parameters:
    ///   - problem: The costs and masses.
    ///   - targetPotentials: The targets' potentials to start from.
    init(_ problem: SinkhornNewton, targetPotentials: [Double]) {
        costs = problem.costs
        source = problem.source
        target = problem.target
        sourceLogarithms = source.map { _ in 0 }
        targetLogarithms = targetPotentials
        sourceFactors = source.map { _ in 1 }
        targetFactors = target.map { _ in 1 }
        kernel = []
        absorb()
    }

    /// The potentials of the targets, in units of the entropy's strength.
    var targetPotentials: [Double] { zip(targetLogarithms, targetFactors).map { $0 + log($1) } }

    /// Returns the plan, `[source, target]`; its columns sum to the target masses.
    func plan() -> [Double] {
        source.indices.flatMap { row in
            target.indices.map {
                sourceFactors[row] * kernel[row * target.count + $0] * targetFactors[$0]
            }
        }
    }

    /// Sets the factors of the sources, then those of the targets, so that each meets its masses.
    ///
    /// - Returns: The previous deviation of the sources' masses, summed over all sources.
    mutating func sweep() -> Double {
        let m = target.count
        var deviation = 0.0
        var (least, largest) = (Double.infinity, 0.0)
        var received = [Double](repeating: 0, count: m)
        var given = sourceFactors
        let factors = targetFactors
        kernel.withUnsafeBufferPointer { kernel in
            received.withUnsafeMutableBufferPointer { received in
                factors.withUnsafeBufferPointer { factors in
                    for row in given.indices {
                        let entries = UnsafeBufferPointer(rebasing: kernel[row * m..<(row + 1) * m])
                        let sum = DotProduct.of(entries, factors, count: m)
                        deviation += (given[row] * sum - source[row]).magnitude
                        let factor = source[row] / sum
                        given[row] = factor
                        (least, largest) = (min(least, factor), max(largest, factor))
                        for column in 0..<m { received[column] += factor * entries[column] }
                    }
                }
            }
        }
        sourceFactors = given
        for column in 0..<m {
            let factor = target[column] / received[column]
            targetFactors[column] = factor
            (least, largest) = (min(least, factor), max(largest, factor))
        }
        if !(least > 1 / Self.factorLimit && largest < Self.factorLimit) { absorb() }
        return deviation
    }

    /// Absorbs the factors into the potentials, sets the sources' and then the targets' potentials in
    /// logarithms so that each meets its masses, and recomputes the kernel.
    private mutating func absorb() {
        let (n, m) = (source.count, target.count)
        targetLogarithms = targetPotentials
        for row in 0..<n {
            var largest = -Double.infinity
            for column in 0..<m {
                largest = max(largest, targetLogarithms[column] - costs[row * m + column])
            }
            var sum = 0.0
            for column in 0..<m {
                sum += exp(targetLogarithms[column] - costs[row * m + column] - largest)
            }
            sourceLogarithms[row] = log(source[row]) - largest - log(sum)
        }
        var largest = [Double](repeating: -.infinity, count: m)
        var sums = [Double](repeating: 0, count: m)
        for row in 0..<n {
            for column in 0..<m {
                largest[column] = max(largest[column], sourceLogarithms[row] - costs[row * m + column])
            }
        }
        for row in 0..<n {
            for column in 0..<m {
                sums[column] += exp(sourceLogarithms[row] - costs[row * m + column] - largest[column])
            }
        }
        for column in 0..<m {
            targetLogarithms[column] = log(target[column]) - largest[column] - log(sums[column])
        }
        var entries = [Double](repeating: 0, count: n * m)
        for row in 0..<n {
            for column in 0..<m {
                let index = row * m + column
                let entry = exp(sourceLogarithms[row] + targetLogarithms[column] - costs[index])
                entries[index] = entry < Self.leastEntry ? 0 : entry
            }
        }
        kernel = entries
        sourceFactors = source.map { _ in 1 }
        targetFactors = target.map { _ in 1 }
    }
}
