import OptimalTransport
import Testing
import Torch

@Suite struct ExactSolverTests {
    /// Relative deviation of an optimal cost.
    static let costTolerance = NetworkSimplexSolverTests.costTolerance

    /// Distances of points in few dimensions under the sum of absolute differences, of which some points are kept.
    ///
    /// Points of whole numbers make many ties and, in one dimension, triangles without slack; every second point may be a copy.
    struct Points {
        let cost: CostMatrix
        let kept: [Int]

        init(
            _ count: Int, keeping: Int, dimensions: Int, levels: Int?, copies: Bool,
            _ generator: inout SplitMixGenerator
        ) throws {
            var points = (0..<count).map { _ in
                (0..<dimensions).map { _ in
                    levels.map { Double(generator.integer(0...$0)) } ?? generator.unit()
                }
            }
            if copies { for index in points.indices { points[index] = points[index & ~1] } }
            kept = Array(Array(0..<count).shuffled(using: &generator).prefix(keeping))
            let targets = kept
            cost = try CostMatrix(
                rows: count, columns: keeping,
                values: points.flatMap { point in targets.map { Naive.norm(point, points[$0]) } })
        }
    }

    @Test(arguments: 0..<10)
    func leavesKeptMassInPlaceAtTheLeastCost(batch: Int) throws {
        for index in 0..<60 {
            let seed = UInt64(batch * 100 + index)
            var generator = SplitMixGenerator(seed: seed)
            let n = generator.integer(1...40)
            let m = index % 3 == 0 ? max(n / 2, 1) : generator.integer(1...n)
            let points = try Points(
                n, keeping: m, dimensions: generator.integer(1...6),
                levels: index % 2 == 0 ? nil : generator.integer(1...4), copies: index % 5 == 0, &generator)
            let isUniform = index % 4 != 0
            let problem = try TransportProblem(
                cost: points.cost,
                source: isUniform ? .uniform(n) : NetworkSimplexSolverTests.marginal(n, &generator),
                target: isUniform ? .uniform(m) : NetworkSimplexSolverTests.marginal(m, &generator),
                kept: points.kept)
            let plan = try NetworkSimplexSolverTests.solveAndCheck(problem, "seed \(seed)", by: ExactSolver())
            let whole = try NetworkSimplexSolver().solve(problem)
            let scale = max(problem.cost.largestMagnitude, .leastNonzeroMagnitude)
            #expect(abs(plan.totalCost - whole.totalCost) <= Self.costTolerance * scale, "seed \(seed)")
            let masses = plan.masses.dense()
            for (target, source) in points.kept.enumerated() {
                let stays = min(problem.source.masses[source], problem.target.masses[target])
                #expect(
                    masses[source * m + target] >= stays - NetworkSimplexSolverTests.massTolerance,
                    "seed \(seed)")
            }
        }
    }

    @Test func matchesTheBestAssignmentOfUnitsToKeptSources() throws {
        for seed in 0..<200 {
            var generator = SplitMixGenerator(seed: UInt64(seed))
            let m = generator.integer(1...4)
            let n = m * generator.integer(1...3)
            let points = try Points(
                n, keeping: m, dimensions: 2, levels: seed % 2 == 0 ? nil : 2, copies: false, &generator)
            let plan = try NetworkSimplexSolverTests.solveAndCheck(
                TransportProblem(uniform: points.cost, kept: points.kept), "seed \(seed)", by: ExactSolver())
            let expected = Naive.cheapestPlan(
                points.cost, sourceUnits: [Int](repeating: 1, count: n),
                targetUnits: [Int](repeating: n / m, count: m))
            #expect(abs(plan.totalCost - expected) <= Self.costTolerance * 10, "seed \(seed)")
        }
    }

    /// Masses in a whole ratio, either way round, without and with many ties, on costs that are no distances.
    @Test(arguments: [
        [1, 1], [7, 7], [40, 20], [20, 40], [60, 12], [12, 60], [33, 1], [1, 33], [90, 30],
    ])
    func assignsWholeRatios(shape: [Int]) throws {
        let (n, m) = (shape[0], shape[1])
        for seed in 0..<20 {
            var generator = SplitMixGenerator(seed: UInt64(1000 + seed))
            let problem = try TransportProblem(
                uniform: NetworkSimplexSolverTests.cost(n, m, &generator))
            let plan = try NetworkSimplexSolverTests.solveAndCheck(problem, "seed \(seed)", by: ExactSolver())
            let other = try NetworkSimplexSolver().solve(problem)
            let scale = max(problem.cost.largestMagnitude, .leastNonzeroMagnitude)
            #expect(abs(plan.totalCost - other.totalCost) <= Self.costTolerance * scale, "seed \(seed)")
        }
    }

    @Test(arguments: 1...7)
    func matchesTheBestPermutation(count: Int) throws {
        for seed in 0..<12 {
            var generator = SplitMixGenerator(seed: UInt64(100 * count + seed))
            let values = (0..<count * count).map { _ in
                seed % 2 == 0 ? generator.unit() : Double(generator.integer(-3...3))
            }
            let cost = try CostMatrix(rows: count, columns: count, values: values)
            let plan = try NetworkSimplexSolverTests.solveAndCheck(
                TransportProblem(uniform: cost), "seed \(seed)", by: ExactSolver())
            let table = (0..<count).map { row in (0..<count).map { cost[row, $0] } }
            let expected = Naive.cheapestPermutation(table) / Double(count)
            #expect(abs(plan.totalCost - expected) <= Self.costTolerance, "seed \(seed)")
        }
    }

    /// Without ties there is one plan, and both ways find it, bit for bit.
    @Test(arguments: [[64, 32], [64, 45], [64, 19], [64, 16], [64, 64]])
    func givesTheOnlyPlan(shape: [Int]) throws {
        for seed in 0..<10 {
            let features = try PNormCostTests.features(shape[0], 24, seed: UInt64(seed)).normalised()
            var generator = SplitMixGenerator(seed: UInt64(seed))
            let kept = Array(Array(0..<shape[0]).shuffled(using: &generator).prefix(shape[1])).sorted()
            let cost = try PNormCost().distances(features: features, kept: kept)
            let plan = try ExactSolver().solve(TransportProblem(uniform: cost, kept: kept))
            let whole = try NetworkSimplexSolver().solve(TransportProblem(uniform: cost))
            #expect(plan.masses == whole.masses, "seed \(seed)")
        }
    }

    @Test(arguments: 0..<4)
    func certifiesRandomProblems(batch: Int) throws {
        for index in 0..<100 {
            let seed = UInt64(batch * 100 + index)
            var generator = SplitMixGenerator(seed: seed)
            let (n, m) = (generator.integer(1...40), generator.integer(1...40))
            let problem = try TransportProblem(
                cost: NetworkSimplexSolverTests.cost(n, m, &generator),
                source: NetworkSimplexSolverTests.marginal(n, &generator),
                target: NetworkSimplexSolverTests.marginal(m, &generator))
            try NetworkSimplexSolverTests.solveAndCheck(problem, "seed \(seed)", by: ExactSolver())
        }
    }

    /// A cost that is said to be a metric and is none: leaving mass in place would be dearer.
    @Test func solvesTheWholeProblemWhereTheCostIsNoMetric() throws {
        let cost = try CostMatrix(rows: 4, columns: 2, values: [5, 1, 1, 5, 0, 9, 9, 0])
        let problem = try TransportProblem(uniform: cost, kept: [0, 1])
        let plan = try NetworkSimplexSolverTests.solveAndCheck(problem, "no metric", by: ExactSolver())
        #expect(abs(plan.totalCost - 0.5) <= Self.costTolerance)
        for seed in 0..<100 {
            var generator = SplitMixGenerator(seed: UInt64(seed))
            let n = generator.integer(1...20)
            let m = generator.integer(1...n)
            let random = try TransportProblem(
                cost: NetworkSimplexSolverTests.cost(n, m, &generator),
                source: NetworkSimplexSolverTests.marginal(n, &generator),
                target: NetworkSimplexSolverTests.marginal(m, &generator), kept: Array(0..<m))
            try NetworkSimplexSolverTests.solveAndCheck(random, "seed \(seed)", by: ExactSolver())
        }
    }

    @Test func keptSourcesMustBeThere() throws {
        let cost = try CostMatrix(rows: 3, columns: 2, values: [0, 1, 1, 0, 1, 1])
        #expect(
            throws: TransportError.sizeMismatch(what: "the number of kept sources", expected: 2, got: 1)
        ) { try TransportProblem(uniform: cost, kept: [0]) }
        #expect(throws: TransportError.repeatedIndex(what: "kept sources", index: 1)) {
            try TransportProblem(uniform: cost, kept: [1, 1])
        }
        #expect(throws: TransportError.indexOutOfRange(what: "kept sources", index: 3, count: 3)) {
            try TransportProblem(uniform: cost, kept: [0, 3])
        }
    }

    @Test func limitsPivots() throws {
        var generator = SplitMixGenerator(seed: 12)
        let values = (0..<60 * 43).map { _ in generator.unit() }
        let problem = try TransportProblem(uniform: CostMatrix(rows: 60, columns: 43, values: values))
        #expect(throws: TransportError.iterationLimitReached(limit: 1)) {
            try ExactSolver(options: TransportMethodOptions(iterationLimit: 1)).solve(problem)
        }
    }
}
