import Analysis
import Compression
import Coupling
import Graph
import NetworkSupport
import Testing
import Torch

@Suite("Allocation of widths")
struct AllocationTests {
    /// A chain of convolutions whose widths are those of the groups, from the output backwards.
    static func chain(_ widths: [Int], input: Int = 3) throws -> Graph {
        var sketch = try Sketch(input: [1, input, 6, 6])
        var features = sketch.input
        for (index, width) in widths.reversed().enumerated() {
            features = try sketch.convolution("layer\(index)", features, outputs: width)
            features = try sketch.node("Relu", "relu\(index)", [features])
        }
        try sketch.classifier(features)
        return sketch.graph
    }

    /// A problem whose groups have random scores, and errors that fall and are convex.
    static func problem(
        seed: UInt64, widths: [Int], least: Int = 1, saving: AllocationProblem.Saving = .channels,
        limits: WidthLimits? = nil, structures: [String] = []
    ) throws -> AllocationProblem {
        var generator = SplitMixGenerator(seed: seed)
        let graph = try chain(widths)
        let groups = try widths.enumerated().map { index, width in
            // Some scores are equal.
            let scores = (0..<width).map { _ in Double(Int.random(in: 0..<12, using: &generator)) / 4 }
            let drops = (0..<width).map { _ in Double.random(in: 0..<1, using: &generator) }.sorted(by: >)
            var errors = [drops.reduce(0, +)]
            for drop in drops { errors.append(errors[errors.count - 1] - drop) }
            return try AllocationProblem.Group(
                index: index, width: width,
                least: limits?.least(of: width) ?? min(least, width), scores: scores,
                structure: GroupStructure(parts: [structures.isEmpty ? "" : structures[index]]),
                errors: errors)
        }
        return AllocationProblem(
            groups: groups, limits: try limits ?? WidthLimits(),
            costs: try AnalysedNetwork(graph).costs(), saving: saving)
    }

    /// Removes the worst channel whose group has one to give, until as few are left as asked for.
    private func naive(_ groups: [AllocationProblem.Group], _ sparsity: Double) -> [Int] {
        var left = groups.map { $0.scores }
        let goal = Int(Double(groups.reduce(0) { $0 + $1.width }) * (1 - sparsity))
        while left.reduce(0, { $0 + $1.count }) > goal {
            var worst: (score: Double, group: Int)?
            for (index, scores) in left.enumerated() where scores.count > groups[index].least {
                // Among equals the last group gives first.
                if let score = scores.min(), score <= worst?.score ?? .infinity { worst = (score, index) }
            }
            guard let worst, let place = left[worst.group].firstIndex(of: worst.score) else { break }
            left[worst.group].remove(at: place)
        }
        return left.map(\.count)
    }

    private static let sparsities = [0, 0.01, 0.2, 0.37, 0.5, 0.8, 0.95, 0.999]

    @Test(
        "the global ranking is that of removing the worst channel again and again",
        arguments: 0..<12 as Range<UInt64>)
    func global(seed: UInt64) throws {
        let problem = try Self.problem(seed: seed, widths: [9, 4, 1, 12], least: Int(seed % 3) + 1)
        let path = GlobalAllocation().path(problem)
        for sparsity in Self.sparsities {
            #expect(
                try path.widths(Sparsity(sparsity)) == naive(problem.groups, sparsity),
                "seed \(seed), sparsity \(sparsity)")
        }
    }

    @Test("the isomorphic ranking is a global one in every structure", arguments: 0..<6 as Range<UInt64>)
    func isomorphic(seed: UInt64) throws {
        let structures = ["a", "b", "a", "b", "c"]
        let problem = try Self.problem(seed: seed, widths: [9, 4, 3, 12, 6], structures: structures)
        let path = IsomorphicAllocation().path(problem)
        for sparsity in Self.sparsities {
            let widths = try path.widths(Sparsity(sparsity))
            for structure in Set(structures) {
                let places = structures.indices.filter { structures[$0] == structure }
                #expect(
                    places.map { widths[$0] } == naive(places.map { problem.groups[$0] }, sparsity),
                    "seed \(seed), sparsity \(sparsity), \(structure)")
            }
        }
    }

    @Test("repeated blocks are built alike whatever their widths, others are not")
    func structures() throws {
        let graph = try BatchNormFolding.exact.folded(NetworkCase(name: "resnet18").network())
        let users = graph.consumers()
        let structures = try Coupling(graph).groups.map { try GroupStructure($0, in: AnalysedNetwork(graph)) }
        // The first convolutions of all blocks are alike; residual streams with a shortcut are, the first one has none.
        #expect(Set([1, 2, 4, 5, 7, 8, 10, 11].map { structures[$0] }).count == 1)
        #expect(structures[3] == structures[6] && structures[3] != structures[9])
        #expect(structures[0] != structures[1])
    }

    @Test("uniform widths are those of the sparsity")
    func uniform() throws {
        let problem = try Self.problem(seed: 1, widths: [9, 4, 1, 12])
        for value in Self.sparsities {
            let sparsity = try Sparsity(value)
            #expect(
                UniformAllocation().path(problem).widths(sparsity)
                    == [9, 4, 1, 12].map(sparsity.keptWidth))
        }
    }

    @Test("sensitivity finds the least error for every number of channels", arguments: 0..<8 as Range<UInt64>)
    func sensitivityByChannels(seed: UInt64) throws {
        let problem = try Self.problem(seed: seed, widths: [5, 4, 6], least: 1 + Int(seed % 2))
        let path = try SensitivityAllocation().path(problem)
        for kept in problem.groups.reduce(0, { $0 + $1.least })...15 {
            // In the middle between two numbers of channels rounding cannot hurt.
            let widths = try path.widths(Sparsity(max(0, 1 - (Double(kept) + 0.5) / 15)))
            let best = Self.every(problem).filter { $0.reduce(0, +) == widths.reduce(0, +) }
                .map { Self.error(problem, $0) }.min()
            #expect(widths.reduce(0, +) == kept)
            #expect(abs(Self.error(problem, widths) - (best ?? .nan)) < 1e-9, "seed \(seed), \(kept) kept")
        }
    }

    /// Costs of neighbours depend on each other, so that a greedy way is no longer the best one by law.
    @Test(
        "sensitivity under a budget is close to the best of all widths, and never worse than uniform",
        arguments: 0..<8 as Range<UInt64>, [AllocationProblem.Saving.parameters, .multiplyAccumulates])
    func sensitivityByBudget(seed: UInt64, saving: AllocationProblem.Saving) throws {
        let problem = try Self.problem(seed: seed, widths: [6, 5, 7], saving: saving)
        func share(_ widths: [Int]) -> Double {
            let (cost, dense) = (problem.costs.cost(widths), problem.costs.cost(problem.costs.dense))
            return saving == .parameters
                ? Double(cost.parameters) / Double(dense.parameters)
                : Double(cost.multiplyAccumulates) / Double(dense.multiplyAccumulates)
        }
        for budget in [0.75, 0.5, 0.3] {
            let found = try BudgetSearch.widths(
                withLeastErrorsOf: problem, from: SensitivityAllocation().path(problem)
            ) { share($0) / budget }
            let uniform = try BudgetSearch.widths(on: UniformAllocation().path(problem)) {
                share($0) / budget
            }.widths
            let best = try #require(
                Self.every(problem).filter { share($0) <= budget }.map { Self.error(problem, $0) }.min())
            #expect(share(found) <= budget && share(uniform) <= budget)
            let error = Self.error(problem, found)
            let comment = Comment(
                rawValue: "seed \(seed), budget \(budget): \(found), \(error), best \(best)")
            #expect(error <= Self.error(problem, uniform) + 1e-9, comment)
            #expect(error <= best * 1.1 + 1e-9, comment)
        }
    }

    /// All widths that the limits allow.
    private static func every(_ problem: AllocationProblem) -> [[Int]] {
        problem.groups.reduce([[]]) { rows, group in
            rows.flatMap { row in (group.least...group.width).map { row + [$0] } }
        }
    }

    private static func error(_ problem: AllocationProblem, _ widths: [Int]) -> Double {
        zip(problem.groups, widths).reduce(0) { $0 + $1.0.errors[$1.1] }
    }

    @Test(
        "every allocation keeps to the limits, and no width grows on the way",
        arguments: AllocationRegistry.names)
    func limits(name: String) throws {
        for (multiple, minimum, greatest) in [
            (1, 1, 1.0), (4, 1, 0.9), (3, 5, 0.5), (8, 2, 0.75), (50, 1, 1),
        ] {
            let limits = try WidthLimits(multiple: multiple, minimum: minimum, maximumSparsity: greatest)
            let problem = try Self.problem(seed: 7, widths: [16, 9, 1, 30], limits: limits)
            let path = try AllocationRegistry.allocation(named: name).path(problem)
            var last = [16, 9, 1, 30]
            #expect(try path.widths(Sparsity(0)) == last)
            for value in stride(from: 0.0, to: 1, by: 0.03) {
                let widths = try path.widths(Sparsity(value))
                for (width, full) in zip(widths, [16, 9, 1, 30]) {
                    #expect(
                        width == full || width % multiple == 0 && width > 0, "\(name) \(limits) \(widths)")
                    #expect(width >= min(full, minimum), "\(name) \(limits) \(widths)")
                    #expect(
                        Double(full - width) <= Double(full) * greatest + 1e-9, "\(name) \(limits) \(widths)")
                }
                #expect(zip(widths, last).allSatisfy { $0 <= $1 })
                last = widths
            }
            #expect(try path.widths(Sparsity(1.0.nextDown)) == path.least)
        }
    }

    @Test("widths are rounded up to a multiple, never to nothing and never beyond what there is")
    func rounding() throws {
        let limits = try WidthLimits(multiple: 8)
        #expect([0, 1, 8, 9, 57, 63, 64].map { limits.rounded($0, of: 64) } == [8, 8, 8, 16, 64, 64, 64])
        #expect([1, 4].map { limits.rounded($0, of: 5) } == [5, 5])
        #expect(try WidthLimits(multiple: .max).rounded(3, of: 64) == 64)
        #expect(try WidthLimits(minimum: .max).least(of: 64) == 64)
        #expect(try WidthLimits(maximumSparsity: 0.9).least(of: 64) == 7)
        #expect(try WidthLimits(maximumSparsity: 0.9).least(of: 10) == 1)
        for (multiple, minimum, greatest) in [(0, 1, 0.5), (1, 0, 0.5), (1, 1, 0), (1, 1, 1.5), (1, 1, .nan)]
        {
            #expect(throws: CompressionError.self) {
                try WidthLimits(multiple: multiple, minimum: minimum, maximumSparsity: greatest)
            }
        }
    }

    @Test("names that are not there and problems that do not fit are errors")
    func errors() throws {
        let error = #expect(throws: CompressionError.self) {
            try AllocationRegistry.allocation(named: "best")
        }
        for name in AllocationRegistry.names { #expect(error?.description.contains(name) == true) }
        #expect(try type(of: AllocationRegistry.allocation(named: "local")).name == "uniform")
        #expect(throws: CompressionError.self) {
            try AllocationProblem.Group(index: 0, width: 2, scores: [1, .nan])
        }
        #expect(throws: CompressionError.self) {
            try AllocationProblem.Group(index: 0, width: 3, scores: [1, 2])
        }
        for (quantity, limit) in [
            (Budget.Quantity.parameters, 0), (.bytes, -1), (.multiplyAccumulates, .nan), (.latency, 1.5),
            (.parameters, .infinity),
        ] {
            #expect(throws: CompressionError.self) { try Budget(quantity, limit: limit) }
        }
    }

    @Test("a budget that no widths keep says how far off the least ones are")
    func unreachable() throws {
        let problem = try Self.problem(seed: 1, widths: [6, 5])
        let error = #expect(throws: UnreachableBudget.self) {
            try BudgetSearch.widths(on: UniformAllocation().path(problem)) { Double($0.reduce(0, +)) / 1 }
        }
        #expect(error?.excess == 2)
        let whole = try BudgetSearch.widths(on: UniformAllocation().path(problem)) { _ in 1 }
        #expect(whole.widths == [6, 5] && whole.sparsity.value == 0)
    }
}
