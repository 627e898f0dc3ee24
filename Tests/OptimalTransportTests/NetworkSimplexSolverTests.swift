import OptimalTransport
import Testing
import Torch

@Suite struct NetworkSimplexSolverTests {
    /// Relative deviation of an optimal cost.
    static let costTolerance = 1e-9
    /// Absolute deviation of a mass.
    static let massTolerance = 1e-9

    /// Checks everything that a plan promises, with sums of its own, and returns the plan.
    @discardableResult
    static func solveAndCheck(
        _ problem: TransportProblem, _ context: String,
        by solver: any TransportSolver = NetworkSimplexSolver(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> TransportPlan {
        let plan = try solver.solve(problem)
        let (n, m) = (problem.cost.rows, problem.cost.columns)
        let comment = Comment(rawValue: "\(context), \(n) x \(m)")
        var (rows, columns, total) = (
            [Double](repeating: 0, count: n), [Double](repeating: 0, count: m), 0.0
        )
        for entry in plan.masses.entries {
            #expect(entry.value > 0, comment, sourceLocation: sourceLocation)
            rows[entry.row] += entry.value
            columns[entry.column] += entry.value
            total += entry.value * problem.cost[entry.row, entry.column]
        }
        for (sum, mass) in zip(rows + columns, problem.source.masses + problem.target.masses) {
            #expect(abs(sum - mass) <= massTolerance, comment, sourceLocation: sourceLocation)
            #expect((sum > 0) == (mass > 0), comment, sourceLocation: sourceLocation)
        }
        #expect(plan.masses.entries.count <= n + m - 1, comment, sourceLocation: sourceLocation)
        let (u, v) = (plan.potentials.source, plan.potentials.target)
        let scale = max(problem.cost.largestMagnitude, .leastNonzeroMagnitude)
        var bound = 0.0
        for row in 0..<n {
            bound += u[row] * problem.source.masses[row]
            for column in 0..<m {
                let slack = problem.cost[row, column] - u[row] - v[column]
                #expect(slack >= -costTolerance * scale, comment, sourceLocation: sourceLocation)
            }
        }
        for column in 0..<m { bound += v[column] * problem.target.masses[column] }
        #expect(abs(total - bound) <= costTolerance * scale, comment, sourceLocation: sourceLocation)
        #expect(abs(total - plan.totalCost) <= costTolerance * scale, comment, sourceLocation: sourceLocation)
        #expect(plan.certificate.isOptimal, comment, sourceLocation: sourceLocation)
        return plan
    }

    @Test(arguments: 1...7)
    func matchesTheBestPermutation(count: Int) throws {
        for seed in 0..<12 {
            var generator = SplitMixGenerator(seed: UInt64(100 * count + seed))
            let values = (0..<count * count).map { _ in
                seed % 2 == 0 ? generator.unit() : Double(generator.integer(-3...3))
            }
            let cost = try CostMatrix(rows: count, columns: count, values: values)
            let plan = try Self.solveAndCheck(TransportProblem(uniform: cost), "seed \(seed)")
            let table = (0..<count).map { row in (0..<count).map { cost[row, $0] } }
            let expected = Naive.cheapestPermutation(table) / Double(count)
            #expect(abs(plan.totalCost - expected) <= Self.costTolerance, "seed \(seed)")
            #expect(plan.masses.entries.count == count)
        }
    }

    /// Marginals in whole units, uniform and not, against the best assignment of all units.
    @Test func matchesTheBestAssignmentOfUnits() throws {
        for seed in 0..<300 {
            var generator = SplitMixGenerator(seed: UInt64(seed))
            let units = generator.integer(1...12)
            let divisors = (1...units).filter { units % $0 == 0 }
            func split(uniform: Bool) -> [Int] {
                if uniform {
                    let parts = divisors.randomElement(using: &generator) ?? 1
                    return [Int](repeating: units / parts, count: parts)
                }
                var parts = [Int](repeating: 0, count: generator.integer(1...6))
                for _ in 0..<units { parts[generator.integer(0...parts.count - 1)] += 1 }
                return parts
            }
            let uniform = seed % 3 == 0
            let (source, target) = (split(uniform: uniform), split(uniform: uniform))
            let values = (0..<source.count * target.count).map { _ in
                seed % 2 == 0 ? generator.unit() * 5 : Double(generator.integer(0...4))
            }
            let cost = try CostMatrix(rows: source.count, columns: target.count, values: values)
            let problem = try TransportProblem(
                cost: cost, source: .proportional(to: source.map(Double.init)),
                target: .proportional(to: target.map(Double.init)))
            let plan = try Self.solveAndCheck(problem, "seed \(seed)")
            let expected = Naive.cheapestPlan(cost, sourceUnits: source, targetUnits: target)
            #expect(abs(plan.totalCost - expected) <= Self.costTolerance, "seed \(seed)")
        }
    }

    static func marginal(_ count: Int, _ generator: inout SplitMixGenerator) throws -> Marginal {
        switch generator.integer(0...4) {
        case 0, 1: return try .uniform(count)
        case 2: return try .proportional(to: (0..<count).map { _ in generator.unit() + 1e-3 })
        case 3:
            // Over many orders of magnitude, some of them zero.
            var scores = (0..<count).map { _ in
                generator.integer(0...3) == 0
                    ? 0 : Double(sign: .plus, exponent: generator.integer(-60...0), significand: 1)
            }
            scores[generator.integer(0...count - 1)] = 1
            return try .proportional(to: scores)
        default:
            var scores = (0..<count).map { _ in Double(generator.integer(0...3)) }
            scores[generator.integer(0...count - 1)] = 2
            return try .proportional(to: scores)
        }
    }

    static func cost(_ rows: Int, _ columns: Int, _ generator: inout SplitMixGenerator) throws -> CostMatrix {
        var values = (0..<rows * columns).map { _ in generator.unit() }
        switch generator.integer(0...5) {
        case 0: values = values.map { ($0 * 4).rounded() }
        case 1:
            // Targets among the sources, and every second source a copy of the one before it.
            let points = (0..<max(rows, columns)).map { _ in generator.unit() }
            values = (0..<rows * columns).map { abs(points[($0 / columns) & ~1] - points[$0 % columns]) }
        case 2: values = values.map { $0 * 1e-200 }
        case 3: values = values.map { ($0 - 0.5) * 1e200 }
        case 4 where generator.integer(0...3) == 0: values = values.map { _ in 0 }
        default: break
        }
        return try CostMatrix(rows: rows, columns: columns, values: values)
    }

    @Test(arguments: 0..<10)
    func certifiesRandomProblems(batch: Int) throws {
        for index in 0..<100 {
            let seed = UInt64(batch * 100 + index)
            var generator = SplitMixGenerator(seed: seed)
            var (n, m) = (generator.integer(1...40), generator.integer(1...40))
            switch index % 6 {
            case 0: m = n
            case 1: m = 1
            case 2: n = 1
            default: break
            }
            let problem = try TransportProblem(
                cost: Self.cost(n, m, &generator), source: Self.marginal(n, &generator),
                target: Self.marginal(m, &generator))
            try Self.solveAndCheck(problem, "seed \(seed)")
        }
    }

    /// Many ties and, with uniform marginals, almost only degenerate pivots.
    @Test(arguments: [[150, 150], [150, 75], [75, 150], [128, 96]])
    func terminatesOnDegenerateProblems(shape: [Int]) throws {
        var generator = SplitMixGenerator(seed: 9)
        for levels in [1, 2, 5] {
            let values = (0..<shape[0] * shape[1]).map { _ in Double(generator.integer(1...levels)) }
            let cost = try CostMatrix(rows: shape[0], columns: shape[1], values: values)
            try Self.solveAndCheck(TransportProblem(uniform: cost), "\(levels) levels")
        }
    }

    /// With every channel twice and one of each pair kept, everything travels for free to its own copy.
    @Test func mergesDuplicates() throws {
        let half = try PNormCostTests.features(20, 30, seed: 10)
        let twice = try half.selectingRows((0..<40).map { $0 / 2 }).normalised()
        let kept = (0..<20).map { 2 * $0 + $0 % 2 }
        let cost = try PNormCost().distances(features: twice, kept: kept)
        let plan = try Self.solveAndCheck(TransportProblem(uniform: cost), "duplicates")
        #expect(plan.totalCost == 0)
        #expect(plan.masses.entries.map(\.column) == (0..<40).map { $0 / 2 })
        #expect(plan.rowNormalised().entries.allSatisfy { $0.value == 1 })
        #expect(plan.columnNormalised().entries.allSatisfy { $0.value == 0.5 })
    }

    @Test func isDeterministic() throws {
        var generator = SplitMixGenerator(seed: 11)
        let problem = try TransportProblem(
            cost: Self.cost(60, 35, &generator), source: Self.marginal(60, &generator),
            target: Self.marginal(35, &generator))
        #expect(try NetworkSimplexSolver().solve(problem) == NetworkSimplexSolver().solve(problem))
    }

    @Test func throwsInsteadOfReturningAnUnfinishedPlan() throws {
        var generator = SplitMixGenerator(seed: 12)
        let values = (0..<60 * 40).map { _ in generator.unit() }
        let problem = try TransportProblem(uniform: CostMatrix(rows: 60, columns: 40, values: values))
        #expect(throws: TransportError.iterationLimitReached(limit: 1)) {
            try NetworkSimplexSolver(iterationLimit: 1).solve(problem)
        }
        #expect(throws: TransportError.invalidIterationLimit(0)) {
            try NetworkSimplexSolver(iterationLimit: 0)
        }
        #expect(try NetworkSimplexSolver(iterationLimit: 100_000).solve(problem).certificate.isOptimal)
    }
}
