/// The cheapest assignment of units, by shortest augmenting paths.
///
/// It handles masses where all sources give the same amount, all targets take the same amount, and one amount
/// is a multiple k of the other. Those with the smaller amount are the *rows*, each of which goes to one
/// *column*; a column takes k of them. Three steps find the minimum (Jonker and Volgenant, "A shortest
/// augmenting path algorithm for dense and sparse linear assignment problems", 1987, here for columns that
/// take several rows):
///
/// 1. every column's price starts at its cheapest row's cost, and that row takes it if it is free;
/// 2. every free row takes its best column and lowers its price until one of its rows prefers another column
///    and becomes free;
/// 3. every row that is still free finds the shortest path to a column with room, by reduced costs.
///
/// O(rows² columns) at worst, with rows scanned in SIMD vectors; the second step leaves few rows for the
/// third.
struct AssignmentSolver {
    private let masses: IntegerMasses
    /// Whether rows are targets.
    private let isExchanged: Bool
    /// How many rows a column takes.
    private let capacity: Int

    /// Recognises masses that it handles; nil for others.
    init?(_ masses: IntegerMasses) {
        guard let supply = masses.supply.first, let demand = masses.demand.first,
            masses.supply.allSatisfy({ $0 == supply }), masses.demand.allSatisfy({ $0 == demand }),
            demand.isMultiple(of: supply) || supply.isMultiple(of: demand)
        else { return nil }
        self.masses = masses
        isExchanged = supply > demand
        capacity = max(supply, demand) / min(supply, demand)
    }

    /// Returns the cheapest flows.
    func solve(_ cost: CostMatrix) -> FlowSolution {
        let costs = AssignmentCosts(cost, masses, isExchanged: isExchanged)
        var assignment = Assignment(costs, capacity: capacity)
        assignment.solve()
        let unit = min(masses.supply[0], masses.demand[0])
        let flows = assignment.columnOfRow.enumerated().map { row, column in
            FlowSolution.Flow(
                source: masses.sources[isExchanged ? column : row],
                target: masses.targets[isExchanged ? row : column], flow: unit)
        }
        let (rows, columns) = (assignment.rowPrices, assignment.columnPrices)
        return FlowSolution(
            flows: flows, sourcePrices: isExchanged ? columns : rows,
            targetPrices: isExchanged ? rows : columns)
    }
}
