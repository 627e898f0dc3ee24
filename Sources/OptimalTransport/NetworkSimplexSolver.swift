/// The exact minimum of a transport problem by the network simplex method.
///
/// The basis is a strongly feasible spanning tree with integer flows, so degenerate pivots, which uniform
/// marginals usually cause, cannot cycle. Arcs are priced row by row in SIMD vectors. The first basis follows
/// Vogel's rule, which makes use of the zero costs of kept channels. Ahuja, Magnanti and Orlin, "Network
/// Flows", 1993, chapter 11.
///
/// The number of pivots is usually a few times (n + m), each of O(n + m) and mostly far less.
public struct NetworkSimplexSolver: TransportSolver {
    /// The number of pivots after which the solver gives up; nil allows 10,000 + 2,000 (n + m).
    public let iterationLimit: Int?

    /// Creates a solver with the default limit of iterations.
    public init() {
        iterationLimit = nil
    }

    /// Creates a solver with a limit of iterations.
    ///
    /// - Throws: `TransportError.invalidIterationLimit` if the limit is below one.
    public init(iterationLimit: Int) throws {
        guard iterationLimit >= 1 else { throw TransportError.invalidIterationLimit(iterationLimit) }
        self.iterationLimit = iterationLimit
    }

    /// Returns the cheapest plan, with at most n + m - 1 entries, certified.
    ///
    /// - Throws: `TransportError.iterationLimitReached` if the optimum was not reached,
    ///   `TransportError.uncertified` if the plan fails its own check, and `TransportError.problemTooLarge`.
    public func solve(_ problem: TransportProblem) throws -> TransportPlan {
        let masses = try IntegerMasses(source: problem.source, target: problem.target)
        let solution = try solution(masses, problem.cost)
        let entries = solution.flows.map {
            SparseMatrix.Entry(row: $0.source, column: $0.target, value: masses.mass(of: $0.flow))
        }
        let plan = try TransportPlan(
            masses: SparseMatrix(
                unchecked: masses.withoutDust(entries, problem: problem), rows: problem.cost.rows,
                columns: problem.cost.columns),
            potentials: DualPotentials(
                sources: masses.sources, sourcePrices: solution.sourcePrices, targets: masses.targets,
                targetPrices: solution.targetPrices, cost: problem.cost),
            problem: problem)
        guard plan.certificate.isOptimal else { throw TransportError.uncertified(plan.certificate) }
        return plan
    }

    /// Returns the cheapest flows between the sources and targets that take part.
    ///
    /// - Throws: `TransportError.iterationLimitReached` if the optimum was not reached.
    func solution(_ masses: IntegerMasses, _ cost: CostMatrix) throws -> FlowSolution {
        // Pricing works best on many short rows.
        let exchanged = masses.targets.count > masses.sources.count
        let sides = exchanged ? masses.exchanged : masses
        let costs = ScaledCosts(cost, sources: sides.sources, targets: sides.targets, exchanged: exchanged)
        let tree = try optimalBasis(supply: sides.supply, demand: sides.demand, costs: costs)
        let flows = tree.flows.map { cell in
            let (source, target) = (sides.sources[cell.source], sides.targets[cell.target])
            return FlowSolution.Flow(
                source: exchanged ? target : source, target: exchanged ? source : target, flow: cell.flow)
        }
        let sourcePrices = tree.prices[..<costs.rows].map { $0 * costs.scale }
        let targetPrices = tree.prices[costs.rows..<costs.rows + costs.columns].map { $0 * costs.scale }
        return FlowSolution(
            flows: flows, sourcePrices: exchanged ? targetPrices : sourcePrices,
            targetPrices: exchanged ? sourcePrices : targetPrices)
    }

    /// Pivots until no arc lowers the cost.
    private func optimalBasis(supply: [Int], demand: [Int], costs: ScaledCosts) throws -> BasisTree {
        let limit = iterationLimit ?? 10_000 + 2_000 * (supply.count + demand.count)
        let root = 0
        var tree = BasisTree(
            cells: InitialBasis.cells(supply: supply, demand: demand, costs: costs, root: root),
            root: root, costs: costs)
        var pricing = Pricing(costs: costs)
        var (pivots, pivotsSinceRefresh) = (0, 0)
        while true {
            if let arc = pricing.next(prices: tree.prices, costs: costs) {
                guard pivots < limit else { throw TransportError.iterationLimitReached(limit: limit) }
                tree.pivot(source: arc.source, target: arc.target, reducedCost: arc.reducedCost)
                pivots += 1
                pivotsSinceRefresh += 1
                guard pivotsSinceRefresh > supply.count + demand.count else { continue }
            } else if pivotsSinceRefresh == 0 {
                return tree
            }
            tree.refreshPrices(costs)
            pivotsSinceRefresh = 0
        }
    }
}
