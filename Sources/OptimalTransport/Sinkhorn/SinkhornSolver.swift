/// The entropic plan: the minimum of `sum_ij T_ij C_ij + e sum_ij T_ij log T_ij` under both marginals, by
/// Sinkhorn's iteration.
///
/// e is `epsilon` times the mean absolute cost, so epsilon means the same for all features. The potentials
/// are kept as logarithms, with only the changes of the last sweeps as factors (see `SinkhornKernel`), so no
/// epsilon overflows. A small epsilon is approached through larger ones, each starting from the potentials of
/// the previous one; where sweeps are slow, Newton's steps are taken between them (see `SinkhornNewton`).
/// Sweeps end when the masses of all sources together deviate by at most `tolerance`; what is still missing
/// is then distributed (see `PlanRounding`), and the plan meets both marginals to rounding. A plan that did
/// not converge is an error, never a result. The certificate's gap bounds the plan's extra cost over the
/// exact minimum. Cuturi, "Sinkhorn distances", NeurIPS 2013; Schmitzer, "Stabilized sparse scaling
/// algorithms", SISC 2019.
public struct SinkhornSolver: TransportSolver, TransportMethod {
    public static let name = "sinkhorn"
    public static let summary = "an entropy-regularised plan, by Sinkhorn's iteration"

    /// The default of `epsilon`.
    public static let defaultEpsilon = 0.05
    /// The smallest `epsilon`: costs divided by less leave no digits for an exponential.
    public static let leastEpsilon = 1e-9
    /// The default of `tolerance`.
    public static let defaultTolerance = 1e-5
    /// The default of `iterationLimit`.
    public static let defaultIterationLimit = 100_000
    /// Smaller epsilons are approached from at most this one, each `stageRatio` times smaller than the
    /// previous one.
    private static let firstEpsilon = 0.05
    private static let stageRatio = 4.0
    /// The accepted deviation of the masses at the intermediate epsilons.
    private static let stageTolerance = 1e-2

    /// The strength of the entropy relative to the mean absolute cost.
    public let epsilon: Double
    /// The number of sweeps over both marginals and Newton's steps after which the solver gives up.
    public let iterationLimit: Int
    /// The accepted deviation of the sources' masses, summed over all sources.
    public let tolerance: Double

    /// A plan and how it was reached.
    public struct Solution: Sendable, Equatable {
        /// The plan.
        public let plan: TransportPlan
        /// The number of sweeps over both marginals and Newton's steps.
        public let iterations: Int
        /// The deviation of the sources' masses before the last correction, summed over all sources.
        public let deviation: Double
        /// The strength of the entropy in units of cost.
        public let regularisation: Double
    }

    /// Creates a solver.
    ///
    /// - Throws: `TransportError` for an epsilon below `leastEpsilon`, a limit below one or a tolerance that is not
    ///   positive.
    public init(
        epsilon: Double = defaultEpsilon, iterationLimit: Int = defaultIterationLimit,
        tolerance: Double = defaultTolerance
    ) throws {
        guard epsilon >= SinkhornSolver.leastEpsilon, epsilon.isFinite else {
            throw TransportError.invalidEpsilon(epsilon)
        }
        guard iterationLimit >= 1 else { throw TransportError.invalidIterationLimit(iterationLimit) }
        guard tolerance > 0 else { throw TransportError.invalidTolerance(tolerance) }
        self.epsilon = epsilon
        self.iterationLimit = iterationLimit
        self.tolerance = tolerance
    }

    public init(options: TransportMethodOptions) throws {
        try self.init(
            epsilon: options.epsilon,
            iterationLimit: options.iterationLimit ?? SinkhornSolver.defaultIterationLimit)
    }

    /// Returns the plan, certified to meet both marginals.
    ///
    /// - Throws: `TransportError.notConverged` if the limit of sweeps was reached, and
    ///   `TransportError.uncertified` if the plan fails its own check.
    public func solve(_ problem: TransportProblem) throws -> TransportPlan {
        try solution(of: problem).plan
    }

    /// Returns the plan with how it was reached; see `solve`.
    public func solution(of problem: TransportProblem) throws -> Solution {
        let sources = SinkhornSolver.relevant(problem.source)
        let targets = SinkhornSolver.relevant(problem.target)
        let strength = regularisation(problem.cost)
        var run = SinkhornRun(
            costs: sources.flatMap { row in targets.map { problem.cost[row, $0] / strength } },
            source: sources.map { problem.source.masses[$0] },
            target: targets.map { problem.target.masses[$0] }, limit: iterationLimit, tolerance: tolerance)
        for factor in stages.dropLast() {
            try run.converge(to: max(Self.stageTolerance, tolerance), at: factor)
        }
        let kernel = try run.converge(to: tolerance, at: 1)
        let plan = try plan(kernel, sources: sources, targets: targets, strength: strength, problem)
        return Solution(
            plan: plan, iterations: run.iterations, deviation: run.deviation, regularisation: strength)
    }

    /// The intermediate epsilons as multiples of the last, which is 1.
    private var stages: [Double] {
        var factors = [1.0]
        while let last = factors.last, epsilon * last * Self.stageRatio <= Self.firstEpsilon {
            factors.append(last * Self.stageRatio)
        }
        return factors.reversed()
    }

    /// The indices of masses that are distinguishable from zero.
    private static func relevant(_ marginal: Marginal) -> [Int] {
        marginal.masses.indices.filter { marginal.masses[$0] > 1e-60 }
    }

    /// Returns the strength of the entropy in units of cost; if all costs are zero, any will do.
    private func regularisation(_ cost: CostMatrix) -> Double {
        let largest = cost.largestMagnitude
        guard largest > 0 else { return 1 }
        // Dividing by the largest first keeps the sum of huge costs in range.
        let sum = cost.values.reduce(0) { $0 + $1.magnitude / largest }
        return max(epsilon * (sum / Double(cost.values.count)) * largest, .leastNormalMagnitude)
    }

    private func plan(
        _ kernel: SinkhornKernel, sources: [Int], targets: [Int], strength: Double,
        _ problem: TransportProblem
    ) throws -> TransportPlan {
        let rounded = PlanRounding.rounded(kernel.plan(), source: kernel.source, target: kernel.target)
        let entries = sources.indices.flatMap { row in
            targets.indices.compactMap { column in
                let mass = rounded[row * targets.count + column]
                return PlanRounding.isDust(mass, row: row, column: column, kernel)
                    ? nil
                    : SparseMatrix.Entry(row: sources[row], column: targets[column], value: mass)
            }
        }
        // For given prices of the targets, these are the highest feasible prices of the sources, and then
        // vice versa.
        let received = kernel.targetPotentials.map { $0 * strength }
        let given = sources.map { row in
            targets.indices.reduce(.infinity) { min($0, problem.cost[row, targets[$1]] - received[$1]) }
        }
        let raised = targets.map { column in
            sources.indices.reduce(.infinity) { min($0, problem.cost[sources[$1], column] - given[$1]) }
        }
        let plan = try TransportPlan(
            masses: SparseMatrix(
                unchecked: entries, rows: problem.cost.rows, columns: problem.cost.columns),
            potentials: DualPotentials(
                sources: sources, sourcePrices: given, targets: targets, targetPrices: raised,
                cost: problem.cost),
            problem: problem)
        guard plan.certificate.isFeasible else { throw TransportError.uncertified(plan.certificate) }
        return plan
    }
}
