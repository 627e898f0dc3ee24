/// The marginals of a transport problem as integers with equal totals, without their zeros.
///
/// Integer flows make every pivot exact: degenerate pivots are recognised, no mass ever becomes negative, and
/// the rule against cycling holds literally. Uniform marginals over n and m elements are represented exactly,
/// with lcm(n, m) as the total; others are rounded to multiples of 2^-61.
struct IntegerMasses {
    /// The sources with positive mass, ascending.
    let sources: [Int]
    /// The targets with positive mass, ascending.
    let targets: [Int]
    /// The positive masses of `sources`, in units of 1 / `total`.
    let supply: [Int]
    /// The positive masses of `targets`, in units of 1 / `total`.
    let demand: [Int]
    /// The sum of the supply and of the demand.
    let total: Int
    /// The mass up to which a flow may be a rounding error of the marginals.
    let dust: Double

    private static let roundedTotal = 1 << 61
    /// With more elements than this, roundings could exhaust the integers.
    private static let largestCount = 1 << 28

    /// Converts a pair of marginals.
    ///
    /// - Throws: `TransportError.problemTooLarge` beyond 2^28 sources or targets.
    init(source: Marginal, target: Marginal) throws {
        guard max(source.count, target.count) <= IntegerMasses.largestCount else {
            throw TransportError.problemTooLarge(sources: source.count, targets: target.count)
        }
        sources = source.masses.indices.filter { source.masses[$0] > 0 }
        targets = target.masses.indices.filter { target.masses[$0] > 0 }
        let positiveSource = sources.map { source.masses[$0] }
        let positiveTarget = targets.map { target.masses[$0] }
        if IntegerMasses.isConstant(positiveSource), IntegerMasses.isConstant(positiveTarget) {
            let (n, m) = (sources.count, targets.count)
            let divisor = IntegerMasses.greatestCommonDivisor(n, m)
            supply = [Int](repeating: m / divisor, count: n)
            demand = [Int](repeating: n / divisor, count: m)
            total = n / divisor * m
            dust = 0
        } else {
            supply = IntegerMasses.rounded(positiveSource)
            demand = IntegerMasses.rounded(positiveTarget)
            total = IntegerMasses.roundedTotal
            dust = Double(sources.count + targets.count) * 0x1p-53
        }
    }

    /// The masses with sources and targets exchanged.
    var exchanged: IntegerMasses {
        IntegerMasses(
            sources: targets, targets: sources, supply: demand, demand: supply, total: total, dust: dust)
    }

    /// The remaining masses with the same total, by source and by target, without zeros.
    func with(supply: [Int], demand: [Int]) -> IntegerMasses {
        let sources = supply.indices.filter { supply[$0] > 0 }
        let targets = demand.indices.filter { demand[$0] > 0 }
        return IntegerMasses(
            sources: sources, targets: targets, supply: sources.map { supply[$0] },
            demand: targets.map { demand[$0] }, total: total, dust: dust)
    }

    private init(
        sources: [Int], targets: [Int], supply: [Int], demand: [Int], total: Int, dust: Double
    ) {
        self.sources = sources
        self.targets = targets
        self.supply = supply
        self.demand = demand
        self.total = total
        self.dust = dust
    }

    /// Returns the mass of an integer flow.
    func mass(of flow: Int) -> Double {
        Double(flow) / Double(total)
    }

    /// Sorts entries and drops those that only balance the rounding of the marginals.
    func withoutDust(_ entries: [SparseMatrix.Entry], problem: TransportProblem) -> [SparseMatrix.Entry] {
        let share = 1e-9
        let kept = entries.filter { entry in
            entry.value > dust || entry.value > share * problem.source.masses[entry.row]
                || entry.value > share * problem.target.masses[entry.column]
        }
        return kept.sorted { ($0.row, $0.column) < ($1.row, $1.column) }
    }

    private static func isConstant(_ masses: [Double]) -> Bool {
        masses.allSatisfy { $0 == masses[0] }
    }

    private static func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
        var (larger, smaller) = (first, second)
        while smaller != 0 { (larger, smaller) = (smaller, larger % smaller) }
        return larger
    }

    /// Rounds positive masses to positive integers; the largest one absorbs the error of the sum.
    private static func rounded(_ masses: [Double]) -> [Int] {
        var integers = masses.map { max(1, Int(($0 * Double(roundedTotal)).rounded())) }
        let excess = integers.reduce(-roundedTotal, +)
        if let largest = integers.indices.max(by: { integers[$0] < integers[$1] }) {
            integers[largest] -= excess
        }
        return integers
    }
}
