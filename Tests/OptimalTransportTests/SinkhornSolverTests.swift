import Foundation
import OptimalTransport
import Testing
import Torch

@Suite struct SinkhornSolverTests {
    /// Absolute deviation of a mass from its marginal.
    static let marginalTolerance = 1e-9
    /// Deviation of a plan's masses from those of another implementation.
    static let massTolerance = 1e-10

    /// One problem with the entropic plan of POT's `sinkhorn_log`.
    struct Golden: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let rows: Int
        let columns: Int
        let epsilon: Double
        let source: [Double]
        let target: [Double]
        let cost: [Double]
        let regularisation: Double
        let plan: [Double]

        var testDescription: String { name }

        static func all() throws -> [Golden] { try Fixture.load("sinkhorn") }
    }

    @Test(arguments: try Golden.all())
    func agreesWithPOT(golden: Golden) throws {
        let problem = try TransportProblem(
            cost: CostMatrix(rows: golden.rows, columns: golden.columns, values: golden.cost),
            source: Marginal(golden.source), target: Marginal(golden.target))
        let solution = try SinkhornSolver(
            epsilon: golden.epsilon, iterationLimit: 1_000_000, tolerance: 1e-13
        ).solution(of: problem)
        #expect(abs(solution.regularisation - golden.regularisation) <= 1e-12 * golden.regularisation)
        #expect(solution.iterations > 1 && solution.deviation <= 1e-13)
        for (got, wanted) in zip(solution.plan.masses.dense(), golden.plan) {
            #expect(abs(got - wanted) <= Self.massTolerance)
        }
    }

    private static func problem(_ rows: Int, _ columns: Int, seed: UInt64) throws -> TransportProblem {
        var generator = SplitMixGenerator(seed: seed)
        let values = (0..<rows * columns).map { _ in generator.unit() }
        return try TransportProblem(
            cost: CostMatrix(rows: rows, columns: columns, values: values),
            source: .proportional(to: (0..<rows).map { _ in generator.unit() + 0.1 }),
            target: .proportional(to: (0..<columns).map { _ in generator.unit() + 0.1 }))
    }

    /// The cost of the entropic plan exceeds the exact one by at most e times the entropy, and by less the smaller e is.
    @Test(arguments: 0..<4 as Range<UInt64>)
    func approachesTheExactCost(seed: UInt64) throws {
        let problem = try Self.problem(20, 12, seed: seed)
        let exact = try NetworkSimplexSolver().solve(problem).totalCost
        var before = Double.infinity
        for epsilon in [1, 0.3, 0.1, 0.03, 0.01, 0.003] {
            let solution = try SinkhornSolver(epsilon: epsilon).solution(of: problem)
            let excess = solution.plan.totalCost - exact
            #expect(excess >= -1e-12 && excess < before, "epsilon \(epsilon), seed \(seed)")
            #expect(excess <= solution.regularisation * log(240), "epsilon \(epsilon), seed \(seed)")
            // The certificate knows a bound of the excess without the exact solution.
            let certificate = solution.plan.certificate
            #expect(certificate.dualityGap >= excess - 1e-12, "epsilon \(epsilon), seed \(seed)")
            #expect(certificate.dualInfeasibility <= 1e-12)
            before = excess
        }
        #expect(before <= 2e-3 * exact, "seed \(seed)")
    }

    /// A plan is the entropic one if and only if it meets its marginals and these ratios are those of the costs.
    @Test func hasTheRatiosOfItsCosts() throws {
        let problem = try Self.problem(7, 5, seed: 5)
        let solution = try SinkhornSolver(epsilon: 0.2, tolerance: 1e-12).solution(of: problem)
        let (masses, cost) = (solution.plan.masses.dense(), problem.cost)
        for row in 1..<7 {
            for column in 1..<5 {
                let ratio = masses[row * 5 + column] * masses[0] / (masses[row * 5] * masses[column])
                let difference = cost[row, column] + cost[0, 0] - cost[row, 0] - cost[0, column]
                let expected = exp(-difference / solution.regularisation)
                #expect(abs(ratio - expected) <= 1e-8 * expected)
            }
        }
    }

    /// Marginals over many orders of magnitude with zeros, costs of any size and sign, shapes of all kinds.
    @Test(arguments: 0..<60 as Range<UInt64>)
    func meetsEveryMarginal(seed: UInt64) throws {
        var generator = SplitMixGenerator(seed: seed)
        var (n, m) = (generator.integer(1...20), generator.integer(1...20))
        switch seed % 6 {
        case 0: m = n
        case 1: m = 1
        case 2: n = 1
        default: break
        }
        let problem = try TransportProblem(
            cost: NetworkSimplexSolverTests.cost(n, m, &generator),
            source: NetworkSimplexSolverTests.marginal(n, &generator),
            target: NetworkSimplexSolverTests.marginal(m, &generator))
        // Even where sweeps end far too early.
        for tolerance in [0.5, 1e-3, 1e-7] {
            let plan = try SinkhornSolver(epsilon: 0.1, tolerance: tolerance).solve(problem)
            var (rows, columns) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: m))
            for entry in plan.masses.entries {
                #expect(entry.value > 0 && entry.value.isFinite)
                rows[entry.row] += entry.value
                columns[entry.column] += entry.value
            }
            for (sum, mass) in zip(rows + columns, problem.source.masses + problem.target.masses) {
                #expect(abs(sum - mass) <= Self.marginalTolerance, "\(n) x \(m), seed \(seed)")
                #expect((sum > 0) == (mass > 0), "\(n) x \(m), seed \(seed)")
            }
            #expect(plan.certificate.isFeasible)
            let tolerated = 1e-9 * problem.cost.largestMagnitude
            #expect(plan.certificate.dualInfeasibility <= tolerated, "\(n) x \(m), seed \(seed)")
            #expect(plan.certificate.dualityGap >= -tolerated, "\(n) x \(m), seed \(seed)")
        }
    }

    @Test func costsThatAreAllEqualGiveTheProductOfTheMarginals() throws {
        let source = try Marginal([0.5, 0.25, 0, 0.25])
        let target = try Marginal([0.75, 0.25])
        for value in [0, 3, -2.0] {
            let cost = try CostMatrix(rows: 4, columns: 2, values: [Double](repeating: value, count: 8))
            let plan = try SinkhornSolver().solve(
                TransportProblem(cost: cost, source: source, target: target))
            let expected = source.masses.flatMap { a in target.masses.map { a * $0 } }
            #expect(zip(plan.masses.dense(), expected).allSatisfy { abs($0 - $1) <= 1e-12 })
        }
    }

    /// Exponentials of costs over such an epsilon are all zero.
    @Test func smallEpsilonsNeitherOverflowNorVanish() throws {
        let problem = try Self.problem(6, 4, seed: 8)
        let exact = try NetworkSimplexSolver().solve(problem).totalCost
        let solver = try SinkhornSolver(epsilon: 1e-4, iterationLimit: 10_000_000, tolerance: 1e-6)
        #expect(try abs(solver.solve(problem).totalCost - exact) <= 1e-3 * exact)
    }

    /// Small epsilons, where sweeps alone take millions: the plan is the entropic one by its own logarithms, which are a
    /// source's and a target's number less the cost.
    @Test(arguments: [0.01, 0.001, 1e-4], 0..<3 as Range<UInt64>)
    func convergesAtSmallEpsilons(epsilon: Double, seed: UInt64) throws {
        var generator = SplitMixGenerator(seed: seed)
        let points = (0..<72).map { _ in (0..<5).map { _ in generator.unit() } }
        // Sources that are targets themselves, as channels are: the problem in which mass has far to go.
        let problem = try TransportProblem(
            uniform: CostMatrix(
                rows: 72, columns: 36,
                values: points.flatMap { point in
                    stride(from: 0, to: 72, by: 2).map { Naive.norm(point, points[$0]) }
                }))
        let exact = try NetworkSimplexSolver().solve(problem).totalCost
        let solution = try SinkhornSolver(epsilon: epsilon, tolerance: 1e-9).solution(of: problem)
        #expect(solution.plan.certificate.isFeasible && solution.deviation <= 1e-9)
        #expect(solution.iterations < 2000, "\(solution.iterations)")
        let excess = solution.plan.totalCost - exact
        #expect(excess >= -1e-12 && excess <= solution.regularisation * log(72 * 36))
        let (masses, cost) = (solution.plan.masses.dense(), problem.cost)
        var compared = 0
        let large = masses.indices.filter { masses[$0] > 1e-5 }
        for first in large {
            for second in large where second / 36 > first / 36 && second % 36 != first % 36 {
                let (a, b) = (first / 36 * 36 + second % 36, second / 36 * 36 + first % 36)
                guard masses[a] > 1e-5, masses[b] > 1e-5 else { continue }
                let found = log(masses[first] * masses[second] / (masses[a] * masses[b]))
                let expected =
                    (cost.values[a] + cost.values[b] - cost.values[first] - cost.values[second])
                    / solution.regularisation
                #expect(abs(found - expected) <= 1e-3, "\(first), \(second): \(found), \(expected)")
                compared += 1
            }
        }
        if epsilon > 0.005 { #expect(compared > 10) }
    }

    @Test func smallestEpsilonsReachTheExactCost() throws {
        let problem = try Self.problem(40, 24, seed: 11)
        let exact = try NetworkSimplexSolver().solve(problem).totalCost
        for epsilon in [1e-6, 1e-8, SinkhornSolver.leastEpsilon] {
            let plan = try SinkhornSolver(epsilon: epsilon).solve(problem)
            #expect(abs(plan.totalCost - exact) <= 1e-4 * exact, "\(epsilon)")
            #expect(plan.certificate.isFeasible)
        }
    }

    @Test func throwsInsteadOfReturningAnUnfinishedPlan() throws {
        let problem = try Self.problem(30, 20, seed: 9)
        let error = #expect(throws: TransportError.self) {
            try SinkhornSolver(epsilon: 0.01, iterationLimit: 3).solve(problem)
        }
        guard case .notConverged("sinkhorn", 3, let deviation, SinkhornSolver.defaultTolerance) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(deviation > SinkhornSolver.defaultTolerance && deviation < 2)
        #expect(error?.description.contains("within 3 iterations") == true)
    }

    @Test func rejectsBadOptions() {
        for epsilon in [0, -1, 1e-10, .nan, .infinity] as [Double] {
            #expect(throws: TransportError.self) { try SinkhornSolver(epsilon: epsilon) }
        }
        #expect(throws: TransportError.invalidIterationLimit(0)) { try SinkhornSolver(iterationLimit: 0) }
        for tolerance in [0, -1e-9, .nan] as [Double] {
            #expect(throws: TransportError.self) { try SinkhornSolver(tolerance: tolerance) }
        }
    }
}
