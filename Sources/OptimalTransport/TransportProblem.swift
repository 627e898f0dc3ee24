/// A balanced optimal transport problem: minimise `sum_ij T_ij C_ij` over plans `T >= 0` whose row sums are
/// the source marginal and whose column sums are the target marginal.
public struct TransportProblem: Sendable, Equatable {
    /// The cost per unit of mass, `[sources, targets]`.
    public let cost: CostMatrix
    /// The mass that each source gives.
    public let source: Marginal
    /// The mass that each target receives.
    public let target: Marginal
    /// The source that each target is, if the cost is a metric and targets are kept sources; nil if unknown.
    public let kept: [Int]?

    /// Creates a problem from a cost matrix and its two marginals.
    ///
    /// - Parameters:
    ///   - cost: The cost per unit of mass, `[sources, targets]`.
    ///   - source: The mass that each source gives.
    ///   - target: The mass that each target receives.
    ///   - kept: The source that each target is, if the cost is a metric; nil if unknown. A cost that is no
    ///     metric makes solving slower, never wrong.
    /// - Throws: `TransportError` if the count of a marginal or of the kept sources is not the cost matrix's,
    ///   or a kept source does not exist or occurs twice.
    public init(cost: CostMatrix, source: Marginal, target: Marginal, kept: [Int]? = nil) throws {
        guard source.count == cost.rows else {
            throw TransportError.sizeMismatch(
                what: "the number of source masses", expected: cost.rows, got: source.count)
        }
        guard target.count == cost.columns else {
            throw TransportError.sizeMismatch(
                what: "the number of target masses", expected: cost.columns, got: target.count)
        }
        if let kept {
            guard kept.count == cost.columns else {
                throw TransportError.sizeMismatch(
                    what: "the number of kept sources", expected: cost.columns, got: kept.count)
            }
            try MatrixShape.check("kept sources", indices: kept, below: cost.rows)
            try MatrixShape.checkDistinct("kept sources", indices: kept, below: cost.rows)
        }
        self.kept = kept
        self.cost = cost
        self.source = source
        self.target = target
    }

    /// Creates a problem with uniform marginals, 1 / n per source and 1 / m per target.
    public init(uniform cost: CostMatrix, kept: [Int]? = nil) throws {
        try self.init(
            cost: cost, source: .uniform(cost.rows), target: .uniform(cost.columns), kept: kept)
    }
}
