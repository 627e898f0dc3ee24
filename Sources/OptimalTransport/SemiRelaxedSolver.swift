/// The cheapest plan that meets only the sources' masses: every source goes to its nearest target.
///
/// Ties go to the first target. A target that is nearest to no source would receive nothing, and the channel
/// built from it would be empty. By default each such target, in ascending order, is therefore given the
/// source that costs least to move, among those that are not alone at their target. If there are at least as
/// many sources of positive mass as targets, none stays empty. If nothing had to be moved, or moving cost
/// nothing, the prices `u_i = min_j C_ij`, `v = 0` prove that the plan is the minimum; otherwise the
/// certificate's gap is the extra cost. O(n m).
public struct SemiRelaxedSolver: TransportSolver, TransportMethod {
    public static let name = "semi_relaxed"
    public static let summary = "every channel goes to its nearest kept channel"

    /// Whether targets that are nearest to no source are given one.
    public let keepsEveryTarget: Bool

    /// Creates a solver.
    public init(keepsEveryTarget: Bool = true) {
        self.keepsEveryTarget = keepsEveryTarget
    }

    public init(options: TransportMethodOptions) {
        self.init()
    }

    /// Returns the plan; the target marginal is ignored.
    ///
    /// - Throws: `TransportError.uncertified` if the plan fails its own check.
    public func solve(_ problem: TransportProblem) throws -> TransportPlan {
        let (cost, masses) = (problem.cost, problem.source.masses)
        var nearest = [Int](repeating: 0, count: cost.rows)
        for row in 0..<cost.rows {
            for column in 1..<max(cost.columns, 1) where cost[row, column] < cost[row, nearest[row]] {
                nearest[row] = column
            }
        }
        let prices = (0..<cost.rows).map { cost[$0, nearest[$0]] }
        let moved = keepsEveryTarget ? SemiRelaxedSolver.fillEmptyTargets(&nearest, problem) : false
        let plan = try TransportPlan(
            masses: SparseMatrix(
                unchecked: nearest.enumerated().compactMap { row, column in
                    masses[row] > 0
                        ? SparseMatrix.Entry(row: row, column: column, value: masses[row]) : nil
                }, rows: cost.rows, columns: cost.columns),
            potentials: DualPotentials(
                source: prices, target: [Double](repeating: 0, count: cost.columns)),
            problem: problem, constraint: .sourceOnly)
        guard moved ? plan.certificate.isFeasible : plan.certificate.isOptimal else {
            throw TransportError.uncertified(plan.certificate)
        }
        return plan
    }

    /// Gives every empty target a source and returns whether any was moved.
    private static func fillEmptyTargets(_ nearest: inout [Int], _ problem: TransportProblem) -> Bool {
        let cost = problem.cost
        let sources = (0..<cost.rows).filter { problem.source.masses[$0] > 0 }
        var counts = [Int](repeating: 0, count: cost.columns)
        for source in sources { counts[nearest[source]] += 1 }
        var moved = false
        for target in 0..<cost.columns where counts[target] == 0 {
            var cheapest: (source: Int, increase: Double)?
            for source in sources where counts[nearest[source]] > 1 {
                let increase =
                    problem.source.masses[source] * (cost[source, target] - cost[source, nearest[source]])
                if increase < cheapest?.increase ?? .infinity { cheapest = (source, increase) }
            }
            guard let source = cheapest?.source else { continue }
            counts[nearest[source]] -= 1
            counts[target] = 1
            nearest[source] = target
            moved = true
        }
        return moved
    }
}
