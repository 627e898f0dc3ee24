/// The exact minimum of a transport problem, by the method that fits its masses.
///
/// If the problem names the kept sources, they keep their own mass, and only the rest is solved (see
/// `KeptMass`). Masses in a whole ratio make an assignment (`AssignmentSolver`); others take the network
/// simplex. The plan is certified against the whole problem. If that fails, because a cost declared as a
/// metric is none, the whole problem is solved without the reduction.
public struct ExactSolver: TransportSolver, TransportMethod {
    public static let name = "exact"
    public static let summary =
        "the exact minimum, by assignment if masses are in a whole ratio, otherwise by network simplex"

    /// The number of pivots after which the simplex gives up; nil allows 10,000 + 2,000 (n + m).
    public let iterationLimit: Int?

    /// Creates a solver with the default limit of iterations.
    public init() {
        iterationLimit = nil
    }

    public init(options: TransportMethodOptions) throws {
        // The simplex checks the limit.
        iterationLimit = try options.iterationLimit.map { try NetworkSimplexSolver(iterationLimit: $0) }?
            .iterationLimit
    }

    /// Returns the cheapest plan, with at most n + m - 1 entries, certified.
    ///
    /// - Throws: `TransportError.iterationLimitReached` if the optimum was not reached,
    ///   `TransportError.uncertified` if the plan fails its own check, and `TransportError.problemTooLarge`.
    public func solve(_ problem: TransportProblem) throws -> TransportPlan {
        let masses = try IntegerMasses(source: problem.source, target: problem.target)
        if let kept = problem.kept {
            let plan = try plan(KeptMass(masses, kept: kept), problem)
            if plan.certificate.isOptimal { return plan }
        }
        let plan = try plan(KeptMass(masses, kept: []), problem)
        guard plan.certificate.isOptimal else { throw TransportError.uncertified(plan.certificate) }
        return plan
    }

    /// Solves what remains once kept sources have kept their mass.
    private func plan(_ reduced: KeptMass, _ problem: TransportProblem) throws -> TransportPlan {
        let solution: FlowSolution =
            if reduced.moving.sources.isEmpty {
                .nothing
            } else if let assignment = AssignmentSolver(reduced.moving) {
                assignment.solve(problem.cost)
            } else {
                try simplex().solution(reduced.moving, problem.cost)
            }
        let entries = (reduced.staying + solution.flows).map {
            SparseMatrix.Entry(row: $0.source, column: $0.target, value: reduced.moving.mass(of: $0.flow))
        }
        return try TransportPlan(
            masses: SparseMatrix(
                unchecked: reduced.moving.withoutDust(entries, problem: problem), rows: problem.cost.rows,
                columns: problem.cost.columns),
            potentials: reduced.potentials(solution, cost: problem.cost), problem: problem)
    }

    private func simplex() throws -> NetworkSimplexSolver {
        try iterationLimit.map { try NetworkSimplexSolver(iterationLimit: $0) } ?? NetworkSimplexSolver()
    }
}
