/// Finds a cheap first feasible basis, so that few pivots remain.
///
/// In each of a few rounds, every remaining source finds its cheapest open target and its regret, the extra
/// cost of the second cheapest. In order of falling regret the sources ship to their cheapest target as long
/// as it is open. This is Vogel's rule with the regrets updated once per round instead of once per shipment:
/// O(rounds n m).
struct InitialBasis {
    /// How often regrets are updated before the rest ships to whatever is cheapest.
    private static let rounds = 8

    private let costs: ScaledCosts
    private var supply: [Amount]
    private var demand: [Amount]
    private var openTargets: [Int]
    private var cells: [BasisTree.Cell] = []

    /// A mass and a number of infinitesimal units on top of it.
    ///
    /// Every source gives one unit more, and the root takes them all. Then no sum of some supplies equals a
    /// sum of some demands, so each shipment exhausts either its source or its target but never both, and the
    /// shipments form a strongly feasible spanning tree.
    private struct Amount {
        var mass: Int
        var units: Int

        static func <= (left: Amount, right: Amount) -> Bool {
            (left.mass, left.units) <= (right.mass, right.units)
        }

        static func -= (left: inout Amount, right: Amount) {
            left.mass -= right.mass
            left.units -= right.units
        }

        var isPositive: Bool { (mass, units) > (0, 0) }
    }

    /// Returns `supply.count + demand.count - 1` cells that form a strongly feasible basis.
    static func cells(
        supply: [Int], demand: [Int], costs: ScaledCosts, root: Int
    ) -> [BasisTree.Cell] {
        var basis = InitialBasis(supply: supply, demand: demand, costs: costs, root: root)
        basis.build()
        return basis.cells
    }

    private init(supply: [Int], demand: [Int], costs: ScaledCosts, root: Int) {
        self.costs = costs
        self.supply = supply.map { Amount(mass: $0, units: 1) }
        self.demand = demand.map { Amount(mass: $0, units: 0) }
        self.demand[root].units = supply.count
        openTargets = Array(demand.indices)
        cells.reserveCapacity(supply.count + demand.count)
    }

    private mutating func build() {
        var remaining = Array(supply.indices)
        var best = [Int](repeating: 0, count: supply.count)
        var regret = [Double](repeating: 0, count: supply.count)
        var round = 0
        while !remaining.isEmpty {
            for source in remaining { (best[source], regret[source]) = cheapestTarget(of: source) }
            remaining.sort { (regret[$1], $0) < (regret[$0], $1) }
            for source in remaining {
                ship(from: source, to: best[source])
                while round == InitialBasis.rounds, supply[source].isPositive {
                    ship(from: source, to: cheapestTarget(of: source).target)
                }
            }
            remaining.removeAll { !supply[$0].isPositive }
            openTargets.removeAll { !demand[$0].isPositive }
            round += 1
        }
    }

    /// Returns the cheapest open target, and how much more the next one costs.
    private func cheapestTarget(of source: Int) -> (target: Int, regret: Double) {
        var (cheapest, least, second) = (0, Double.infinity, Double.infinity)
        for target in openTargets where demand[target].isPositive {
            let cost = costs[source, target]
            if cost < least {
                (cheapest, least, second) = (target, cost, least)
            } else if cost < second {
                second = cost
            }
        }
        return (cheapest, second - least)
    }

    /// Ships as much as both ends allow; nothing if one of them is exhausted.
    private mutating func ship(from source: Int, to target: Int) {
        guard supply[source].isPositive, demand[target].isPositive else { return }
        let amount = supply[source] <= demand[target] ? supply[source] : demand[target]
        supply[source] -= amount
        demand[target] -= amount
        cells.append(BasisTree.Cell(source: source, target: target, flow: amount.mass))
    }
}
