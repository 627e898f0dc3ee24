/// A balanced optimal transport problem: minimise `sum_ij T_ij C_ij` over plans `T >= 0` whose row sums are
/// the source marginal and whose column sums are the target marginal.
public struct TransportProblem: Sendable, Equatable {
    /// The cost per unit of mass, `[sources, targets]`.
    public let cost: CostMatrix
    /// The mass that each source gives.
    public let source: Marginal
    /// The mass that each target receives.
    public let target: Marginal

    /// Creates a problem from a cost matrix and its two marginals.
    ///
    /// - Throws: `TransportError.sizeMismatch` if a marginal's count is not the cost matrix's.
    public init(cost: CostMatrix, source: Marginal, target: Marginal) throws {
        guard source.count == cost.rows else {
            throw TransportError.sizeMismatch(
                what: "the number of source masses", expected: cost.rows, got: source.count)
        }
        guard target.count == cost.columns else {
            throw TransportError.sizeMismatch(
                what: "the number of target masses", expected: cost.columns, got: target.count)
        }
        self.cost = cost
        self.source = source
        self.target = target
    }

    /// Creates a problem with uniform marginals, 1 / n per source and 1 / m per target.
    public init(uniform cost: CostMatrix) throws {
        try self.init(cost: cost, source: .uniform(cost.rows), target: .uniform(cost.columns))
    }
}
