import OptimalTransport
import Testing
import Torch

@Suite struct SemiRelaxedSolverTests {
    /// Deviation of a cost that is a sum of few terms.
    static let tolerance = 1e-12

    /// The least cost of sending every source to one target, by trying all ways; optionally only those that leave no target out.
    private func cheapest(_ problem: TransportProblem, reachingAll: Bool) -> Double {
        let (n, m) = (problem.cost.rows, problem.cost.columns)
        var best = Double.infinity
        var choice = [Int](repeating: 0, count: n)
        while true {
            let reached = Set((0..<n).filter { problem.source.masses[$0] > 0 }.map { choice[$0] })
            if !reachingAll || reached.count == m {
                best = min(
                    best,
                    (0..<n).reduce(0) { $0 + problem.source.masses[$1] * problem.cost[$1, choice[$1]] })
            }
            guard let next = choice.firstIndex(where: { $0 < m - 1 }) else { return best }
            choice[next] += 1
            for index in 0..<next { choice[index] = 0 }
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func agreesWithAllAssignments(seed: UInt64) throws {
        var generator = SplitMixGenerator(seed: seed)
        let m = generator.integer(1...3)
        let n = generator.integer(m...6)
        let values = (0..<n * m).map { _ in
            seed % 2 == 0 ? generator.unit() : Double(generator.integer(-1...2))
        }
        let source: Marginal =
            seed % 3 == 0 ? try .uniform(n) : try NetworkSimplexSolverTests.marginal(n, &generator)
        let problem = try TransportProblem(
            cost: CostMatrix(rows: n, columns: m, values: values), source: source, target: .uniform(m))

        let free = try SemiRelaxedSolver(keepsEveryTarget: false).solve(problem)
        let least = cheapest(problem, reachingAll: false)
        #expect(abs(free.totalCost - least) <= Self.tolerance, "seed \(seed)")
        #expect(free.certificate.isOptimal, "seed \(seed)")

        let full = try SemiRelaxedSolver().solve(problem)
        #expect(full.certificate.isFeasible, "seed \(seed)")
        for plan in [free, full] {
            // Every source goes to one target as a whole.
            let givers = source.masses.indices.filter { source.masses[$0] > 0 }
            #expect(plan.masses.entries.map(\.row) == givers, "seed \(seed)")
            #expect(plan.masses.entries.allSatisfy { $0.value == source.masses[$0.row] }, "seed \(seed)")
        }
        let givers = source.masses.count { $0 > 0 }
        let reached = full.masses.columnSums.count { $0 > 0 }
        #expect(reached == min(m, givers), "seed \(seed)")
        if givers >= m {
            let best = cheapest(problem, reachingAll: true)
            #expect(full.totalCost >= best - Self.tolerance, "seed \(seed)")
            // What the certificate calls the minimum is it.
            let excess = full.totalCost - least
            #expect(abs(full.certificate.dualityGap - excess) <= Self.tolerance, "seed \(seed)")
            if best <= least + Self.tolerance, m == 2 {
                #expect(full.certificate.isOptimal, "seed \(seed)")
            }
        }
    }

    /// Two kept channels that are equal: both stay, at no cost.
    @Test func equalTargetsShareTheirSources() throws {
        let cost = try CostMatrix(rows: 4, columns: 3, values: [0, 0, 5, 0, 0, 5, 5, 5, 0, 4, 4, 1])
        let plan = try SemiRelaxedSolver().solve(TransportProblem(uniform: cost))
        #expect(plan.certificate.isOptimal && plan.totalCost == 0.25)
        #expect(plan.masses.columnSums == [0.25, 0.25, 0.5])
    }

    /// Only a plan that is free of its target marginal passes with other column sums.
    @Test func certificateKnowsWhichMarginalsCount() throws {
        let cost = try CostMatrix(rows: 2, columns: 2, values: [0, 1, 0, 1])
        let problem = try TransportProblem(uniform: cost)
        let masses = try SparseMatrix(
            rows: 2, columns: 2,
            entries: [.init(row: 0, column: 0, value: 0.5), .init(row: 1, column: 0, value: 0.5)])
        let prices = DualPotentials(source: [0, 0], target: [0, 0])
        let free = try TransportPlan(
            masses: masses, potentials: prices, problem: problem, constraint: .sourceOnly)
        #expect(free.certificate.isOptimal)
        let balanced = try TransportPlan(masses: masses, potentials: prices, problem: problem)
        #expect(!balanced.certificate.isFeasible && balanced.certificate.targetViolation == 0.5)
        // A price for a target proves nothing where targets take what comes.
        let priced = DualPotentials(source: [-1, -1], target: [1, 1])
        let unproved = try TransportPlan(
            masses: masses, potentials: priced, problem: problem, constraint: .sourceOnly)
        #expect(!unproved.certificate.isOptimal && unproved.certificate.dualInfeasibility == 1)
    }
}
