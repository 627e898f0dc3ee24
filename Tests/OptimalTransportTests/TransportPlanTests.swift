import OptimalTransport
import Testing

@Suite struct TransportPlanTests {
    static func problem() throws -> TransportProblem {
        try TransportProblem(
            cost: CostMatrix(rows: 3, columns: 2, values: [0, 2, 1, 0, 5, 5]),
            source: Marginal([0.25, 0.75, 0]), target: Marginal([0.5, 0.5]))
    }

    static func masses(_ upper: Double) throws -> SparseMatrix {
        try SparseMatrix(
            rows: 3, columns: 2,
            entries: [
                .init(row: 0, column: 0, value: upper), .init(row: 0, column: 1, value: 0.25 - upper),
                .init(row: 1, column: 0, value: 0.5 - upper), .init(row: 1, column: 1, value: 0.25 + upper),
            ])
    }

    @Test func normalisesRowsAndColumns() throws {
        let plan = try NetworkSimplexSolver().solve(Self.problem())
        #expect(plan.totalCost == 0.25)
        let shares = plan.rowNormalised()
        #expect(shares.dense() == [1, 0, 0.25 / 0.75, 0.5 / 0.75, 0, 0])
        let inputs = plan.columnNormalised()
        #expect(inputs.rows == 2 && inputs.columns == 3)
        #expect(inputs.dense() == [0.5, 0.5, 0, 0, 1, 0])
    }

    @Test func targetsWithoutMassGetEmptyRows() throws {
        let problem = try TransportProblem(
            cost: CostMatrix(rows: 2, columns: 3, values: [0, 9, 1, 1, 9, 0]),
            source: .uniform(2), target: Marginal([0.5, 0, 0.5]))
        let plan = try NetworkSimplexSolver().solve(problem)
        #expect(plan.columnNormalised().dense() == [1, 0, 0, 0, 0, 1])
        #expect(plan.certificate.dualInfeasibility == 0)
    }

    /// The certificate must tell a plan that is feasible from one that is optimal, and both from neither.
    @Test func certificateRefusesWorsePlans() throws {
        let problem = try Self.problem()
        let potentials = try NetworkSimplexSolver().solve(problem).potentials
        let worse = try TransportPlan(masses: Self.masses(0.125), potentials: potentials, problem: problem)
        #expect(worse.certificate.isFeasible && !worse.certificate.isOptimal)
        #expect(abs(worse.certificate.dualityGap - 0.375) < 1e-12)

        let lacking = try SparseMatrix(
            rows: 3, columns: 2,
            entries: [.init(row: 0, column: 0, value: 0.25), .init(row: 1, column: 1, value: 0.75)])
        let infeasible = try TransportPlan(masses: lacking, potentials: potentials, problem: problem)
        #expect(!infeasible.certificate.isFeasible && !infeasible.certificate.isOptimal)
        #expect(infeasible.certificate.sourceViolation == 0)
        #expect(infeasible.certificate.targetViolation == 0.25)

        // Prices that claim a bound they may not claim.
        let greedy = DualPotentials(source: potentials.source.map { $0 + 1 }, target: potentials.target)
        let unproved = try TransportPlan(masses: Self.masses(0.25), potentials: greedy, problem: problem)
        #expect(!unproved.certificate.isOptimal)
        #expect(unproved.certificate.dualInfeasibility >= 1)
        #expect("\(TransportError.uncertified(unproved.certificate))".contains("dual infeasibility"))
    }

    @Test func rejectsOtherShapes() throws {
        let problem = try Self.problem()
        let potentials = DualPotentials(source: [0, 0, 0], target: [0, 0])
        #expect(throws: TransportError.self) {
            try TransportPlan(
                masses: SparseMatrix(rows: 2, columns: 2, entries: []), potentials: potentials,
                problem: problem)
        }
        #expect(throws: TransportError.self) {
            try TransportPlan(
                masses: Self.masses(0.25), potentials: DualPotentials(source: [0], target: [0, 0]),
                problem: problem)
        }
    }
}
