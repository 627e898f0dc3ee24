/// A transport problem's masses, split into what stays in place and what has to move.
///
/// Let target j be the kept source k(j), with `C(k(j), j) = 0` and a cost that is a metric. Then some optimal
/// plan leaves `s_j = min(a_k(j), b_j)` in place for every j. Proof: take an optimal plan that leaves less
/// than `s_j` at some j. Source k(j) then sends an amount e > 0 to some t other than j, and j receives an
/// amount f > 0 from some i other than k(j). Send `min(e, f)` from k(j) to j and from i to t instead. The
/// marginals are unchanged, and the cost changes by `min(e, f)` times `C(i, t) - C(i, j) - C(k(j), t)`, as
/// the first of the new routes costs nothing. By the triangle inequality that is at most zero, since j and
/// k(j) are the same point. The mass at j grows, and the mass at no other kept source t falls: if i is k(t),
/// it even grows. Masses are sums of finitely many units, so this terminates.
///
/// Only `a_i - s` and `b_j - s` remain: for uniform masses (n - m) sources instead of n. If the reduced
/// problem has ties, so does the whole one; the optimal plan found may then differ from the unreduced
/// solver's.
///
/// Optimal prices u, v of the moving masses give prices of the whole problem. A target whose demand is met
/// has `v_t = min_i (C_it - u_i)` over moving sources i. Like each `C_it`, v changes by no more than the
/// distance between two targets, so `u_k(j) = -v_j` is feasible, and tight where mass stays. For a source of
/// which only a part stays, this is its own price: `u_i - u_s <= C_is` holds for all moving sources.
struct KeptMass {
    /// The masses that stay.
    let staying: [FlowSolution.Flow]
    /// The masses that move, without zeros.
    let moving: IntegerMasses
    /// The sources whose whole mass stays, each with its target.
    private let settled: [(source: Int, target: Int)]

    /// Splits masses.
    ///
    /// - Parameters:
    ///   - masses: All masses.
    ///   - kept: The source that each target is; empty if the problem does not say.
    init(_ masses: IntegerMasses, kept: [Int]) {
        guard !kept.isEmpty else {
            (staying, moving, settled) = ([], masses, [])
            return
        }
        var supply = [Int](repeating: 0, count: (max(kept.max() ?? 0, masses.sources.last ?? 0)) + 1)
        var demand = [Int](repeating: 0, count: kept.count)
        for (source, mass) in zip(masses.sources, masses.supply) { supply[source] = mass }
        for (target, mass) in zip(masses.targets, masses.demand) { demand[target] = mass }
        var staying: [FlowSolution.Flow] = []
        var settled: [(source: Int, target: Int)] = []
        for (target, source) in kept.enumerated() {
            let mass = min(supply[source], demand[target])
            guard mass > 0 else { continue }
            staying.append(FlowSolution.Flow(source: source, target: target, flow: mass))
            supply[source] -= mass
            demand[target] -= mass
            if supply[source] == 0 { settled.append((source, target)) }
        }
        self.staying = staying
        self.settled = settled
        moving = masses.with(supply: supply, demand: demand)
    }

    /// Extends the prices of the moving masses to all sources and targets.
    func potentials(_ solution: FlowSolution, cost: CostMatrix) -> DualPotentials {
        guard !staying.isEmpty else {
            return DualPotentials(
                sources: moving.sources, sourcePrices: solution.sourcePrices, targets: moving.targets,
                targetPrices: solution.targetPrices, cost: cost)
        }
        var target = [Double](repeating: .infinity, count: cost.columns)
        for (index, price) in zip(moving.targets, solution.targetPrices) { target[index] = price }
        let unpriced = target.indices.filter { target[$0] == .infinity }
        for (source, price) in zip(moving.sources, solution.sourcePrices) {
            for column in unpriced { target[column] = min(target[column], cost[source, column] - price) }
        }
        if moving.sources.isEmpty { target = [Double](repeating: 0, count: cost.columns) }
        let sources = moving.sources + settled.map(\.source)
        let prices = solution.sourcePrices + settled.map { -target[$0.target] }
        return DualPotentials(
            sources: sources, sourcePrices: prices, targets: Array(target.indices), targetPrices: target,
            cost: cost)
    }
}
