/// The measured quality of a transport plan: it proves optimality without trusting the solver.
///
/// If the marginals hold, the potentials are feasible and the duality gap is zero, the plan is optimal.
public struct Certificate: Sendable, Equatable, CustomStringConvertible {
    /// The largest deviation of a source's or target's transported mass from its marginal.
    public let sourceViolation: Double
    /// The largest deviation of a target's received mass from its marginal; zero if targets are not
    /// constrained.
    public let targetViolation: Double
    /// The plan's cost minus the dual bound `sum_i a_i u_i + sum_j b_j v_j`, in units of cost.
    public let dualityGap: Double
    /// The largest `u_i + v_j - C_ij` above zero, in units of cost. If targets are not constrained, also the
    /// largest price of a target, which must then be zero.
    public let dualInfeasibility: Double
    /// The largest absolute cost, against which the gap and the infeasibility are judged.
    public let costScale: Double

    /// The largest deviation of any transported mass from its marginal.
    public var marginalViolation: Double { max(sourceViolation, targetViolation) }

    /// How far a certified plan's masses may deviate from its marginals.
    public static let marginalTolerance = 1e-9
    /// How large the gap and the infeasibility of a certified exact plan may be, relative to `costScale`.
    public static let costTolerance = 1e-9

    /// Measures a plan. O(n m).
    init(
        masses: SparseMatrix, totalCost: Double, potentials: DualPotentials, problem: TransportProblem,
        constraint: TransportConstraint
    ) {
        let (cost, u, v) = (problem.cost, potentials.source, potentials.target)
        sourceViolation = Certificate.largestDifference(masses.rowSums, problem.source.masses)
        targetViolation =
            constraint == .sourceOnly
            ? 0 : Certificate.largestDifference(masses.columnSums, problem.target.masses)
        let bound =
            zip(problem.source.masses, u).reduce(0) { $0 + $1.0 * $1.1 }
            + zip(problem.target.masses, v).reduce(0) { $0 + $1.0 * $1.1 }
        dualityGap = totalCost - bound
        var infeasibility = constraint == .sourceOnly ? v.reduce(0) { max($0, $1.magnitude) } : 0
        var scale = 0.0
        for row in 0..<cost.rows {
            let price = u[row]
            for column in 0..<cost.columns {
                let value = cost[row, column]
                let excess = price + v[column] - value
                infeasibility = excess > infeasibility ? excess : infeasibility
                scale = value.magnitude > scale ? value.magnitude : scale
            }
        }
        dualInfeasibility = infeasibility
        costScale = scale
    }

    private static func largestDifference(_ left: [Double], _ right: [Double]) -> Double {
        zip(left, right).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
    }

    /// Whether the plan meets both marginals.
    public var isFeasible: Bool { marginalViolation <= Certificate.marginalTolerance }

    /// Whether the plan is proved to be the minimum.
    public var isOptimal: Bool {
        let tolerance = Certificate.costTolerance * costScale
        return isFeasible && dualityGap.magnitude <= tolerance && dualInfeasibility <= tolerance
    }

    /// All measured quantities in one line.
    public var description: String {
        "source marginal off by \(sourceViolation), target marginal by \(targetViolation), "
            + "duality gap \(dualityGap), dual infeasibility \(dualInfeasibility), cost scale \(costScale)"
    }
}
