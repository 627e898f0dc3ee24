/// A dual solution of a transport problem: prices with `u_i + v_j <= C_ij`.
///
/// For any such prices `sum_i a_i u_i + sum_j b_j v_j` is a lower bound of the cost of every plan.
public struct DualPotentials: Sendable, Equatable {
    /// The price u_i of each source.
    public let source: [Double]
    /// The price v_j of each target.
    public let target: [Double]

    /// Creates a dual solution from its prices.
    public init(source: [Double], target: [Double]) {
        self.source = source
        self.target = target
    }

    /// Extends the prices of some sources and targets to all: the others, whose mass is zero, get the highest
    /// feasible price.
    init(
        sources: [Int], sourcePrices: [Double], targets: [Int], targetPrices: [Double], cost: CostMatrix
    ) {
        var source = [Double](repeating: .infinity, count: cost.rows)
        var target = [Double](repeating: .infinity, count: cost.columns)
        for (index, price) in zip(sources, sourcePrices) { source[index] = price }
        for (index, price) in zip(targets, targetPrices) { target[index] = price }
        for row in 0..<cost.rows where source[row] == .infinity {
            source[row] = targets.reduce(.infinity) { min($0, cost[row, $1] - target[$1]) }
        }
        for column in 0..<cost.columns where target[column] == .infinity {
            target[column] = source.indices.reduce(.infinity) { min($0, cost[$1, column] - source[$1]) }
        }
        self.source = source
        self.target = target
    }
}
