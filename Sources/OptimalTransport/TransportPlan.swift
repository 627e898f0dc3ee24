/// A solution of a transport problem, with the evidence for its quality.
public struct TransportPlan: Sendable, Equatable {
    /// The transported masses T, `[sources, targets]`; every stored mass is positive.
    public let masses: SparseMatrix
    /// The cost `sum_ij T_ij C_ij`.
    public let totalCost: Double
    /// The dual solution that bounds the optimal cost from below.
    public let potentials: DualPotentials
    /// How well the plan meets its marginals and the dual bound.
    public let certificate: Certificate

    /// Creates a plan and computes its cost and certificate from scratch.
    ///
    /// - Parameters:
    ///   - masses: T, `[sources, targets]`.
    ///   - potentials: The dual solution.
    ///   - problem: The solved problem.
    ///   - constraint: Which of the problem's marginals the plan has to meet.
    /// - Throws: `TransportError.sizeMismatch` if the masses or potentials have another shape than the problem.
    public init(
        masses: SparseMatrix, potentials: DualPotentials, problem: TransportProblem,
        constraint: TransportConstraint = .bothMarginals
    ) throws {
        for (what, expected, got) in [
            ("the number of rows of a plan", problem.cost.rows, masses.rows),
            ("the number of columns of a plan", problem.cost.columns, masses.columns),
            ("the number of source potentials", problem.cost.rows, potentials.source.count),
            ("the number of target potentials", problem.cost.columns, potentials.target.count),
        ] where expected != got {
            throw TransportError.sizeMismatch(what: what, expected: expected, got: got)
        }
        let cost = problem.cost
        self.masses = masses
        self.potentials = potentials
        totalCost = masses.entries.reduce(0) { $0 + $1.value * cost[$1.row, $1.column] }
        certificate = Certificate(
            masses: masses, totalCost: totalCost, potentials: potentials, problem: problem,
            constraint: constraint)
    }

    /// Returns A with `A_ij = T_ij / sum_j T_ij`, `[sources, targets]`: each source's shares of its targets.
    ///
    /// Rows sum to one; a source without mass has an empty row.
    public func rowNormalised() -> SparseMatrix {
        masses.dividedByRowSums()
    }

    /// Returns B with `B_ji = T_ij / sum_i T_ij`, `[targets, sources]`: each target's shares from its
    /// sources.
    ///
    /// Rows sum to one; a target without mass has an empty row.
    public func columnNormalised() -> SparseMatrix {
        masses.transposed.dividedByRowSums()
    }
}
