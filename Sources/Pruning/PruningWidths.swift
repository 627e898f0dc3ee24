internal import Analysis
internal import Calibration
internal import Compression
internal import Coupling
internal import Evaluation
internal import Graph
internal import Importance

/// Finds the widths of the groups for one step.
struct PruningWidths {
    let round: PruningRound
    let costs: WidthCosts
    let present: [PruningRound.Present]
    let scored: Scored
    /// The share of each budget to aim for.
    let budgetFactor: Double

    private var options: PruningOptions { round.pruner.options }
    private var limits: WidthLimits { round.limits }

    /// Returns the widths by the groups' positions; unchanged groups may be missing.
    func find(in network: AnalysedNetwork) throws -> [Int: Int] {
        var result: [Int: Int] = [:]
        var all = costs.dense
        for item in present {
            guard let own = options.sparsities[item.place] else { continue }
            let asked = try round.sparsity(own).keptWidth(of: item.originalWidth)
            // A share requested for one group is exact.
            let kept = limits.multiple == nil ? asked : limits.rounded(asked, of: item.originalWidth)
            let width = min(
                item.group.width,
                max(kept, limits.multiple == nil ? limits.minimum : limits.least(of: item.originalWidth)))
            result[item.place] = width
            all[item.group.index] = width
        }
        let competing = present.filter { options.sparsities[$0.place] == nil }
        guard !competing.isEmpty, options.sparsity != nil || !options.budgets.isEmpty else { return result }
        let problem = try problem(competing, all, network)
        let path = try round.pruner.allocation.path(problem)
        let widths: [Int]
        if let sparsity = options.sparsity {
            widths = try path.widths(round.sparsity(sparsity))
        } else {
            widths = try search(path, problem, competing, network)
        }
        let reached = problem.allWidths(widths)
        // Between layers that become one again, nothing is saved.
        for (item, width) in zip(competing, widths) where !costs.isIdle(item.group.index, reached) {
            result[item.place] = min(width, withoutSpare(item))
        }
        return result
    }

    /// The width of a group without the channels that go without loss.
    private func withoutSpare(_ item: PruningRound.Present) -> Int {
        guard let spare = scored.spare[item.group.index] else { return item.group.width }
        return max(
            limits.least(of: item.originalWidth),
            limits.rounded(item.group.width - spare, of: item.originalWidth))
    }

    private func problem(
        _ competing: [PruningRound.Present], _ all: [Int], _ network: AnalysedNetwork
    ) throws -> AllocationProblem {
        let allocation = type(of: round.pruner.allocation)
        // For a high sparsity, some groups must be able to lose more than others.
        let greatest =
            allocation.measuresErrors
            ? max(allocation.greatestSparsity, (1 + (options.sparsity?.value ?? 0)) / 2)
            : allocation.greatestSparsity
        let groups = try competing.map { item in
            try AllocationProblem.Group(
                index: item.group.index, width: item.group.width, originalWidth: item.originalWidth,
                least: scored.unseen.contains(item.group.index)
                    ? item.group.width : limits.least(of: item.originalWidth, greatest: greatest),
                scores: scored.scores[item.group.index] ?? [],
                structure: GroupStructure(item.group, in: network),
                errors: scored.errors[item.group.index] ?? [])
        }
        return AllocationProblem(
            groups: groups, limits: limits, costs: costs, widths: all, saving: saving)
    }

    /// What channels save, as the budgets count it.
    private var saving: AllocationProblem.Saving {
        switch options.budgets.first?.quantity {
        case .multiplyAccumulates, .latency: .multiplyAccumulates
        case .parameters, .bytes: .parameters
        // A sparsity is meant to make the network smaller: if errors are measured, removing channels that save nothing
        // is not worth any error.
        case nil: type(of: round.pruner.allocation).measuresErrors ? .parameters : .channels
        }
    }

    private func search(
        _ path: WidthPath, _ problem: AllocationProblem, _ competing: [PruningRound.Present],
        _ network: AnalysedNetwork
    ) throws -> [Int] {
        let dense = round.dense
        /// The largest share of a budget, latency aside, that widths use.
        func counted(_ widths: [Int]) -> Double {
            let cost = costs.cost(problem.allWidths(widths))
            return options.budgets.filter { $0.quantity != .latency }.map { budget in
                budget.amount(cost) / (max(budget.amount(dense), 1) * round.share(budget) * budgetFactor)
            }.max() ?? 0
        }
        let latency = options.budgets.first { $0.quantity == .latency }
        do {
            if type(of: round.pruner.allocation).needsErrors, latency == nil {
                return try BudgetSearch.widths(
                    withLeastErrorsOf: problem, from: path, excess: counted)
            }
            return try BudgetSearch.widths(on: path, isMeasured: latency != nil) { widths in
                let excess = counted(widths)
                guard excess <= 1, let latency, let meter = round.meter else { return excess }
                let narrow = try deleted(problem.allWidths(widths), network)
                return max(excess, try meter.times(of: narrow).share / (round.share(latency) * budgetFactor))
            }.widths
        } catch is UnreachableBudget {
            let widths = problem.allWidths(path.least)
            let cost = costs.cost(widths)
            let reachable = try options.budgets.map { budget in
                let least =
                    try budget.quantity == .latency
                    ? round.meter?.times(of: deleted(widths, network)).share ?? 1
                    : budget.amount(cost) / max(budget.amount(dense), 1)
                let asked = round.share(budget) * budgetFactor
                return
                    "\(budget.quantity.rawValue): asked for \(asked.shortened) of the dense network, at the least widths allowed it is \(least.shortened)"
            }
            let unseen = competing.count { scored.unseen.contains($0.group.index) }
            let advice =
                unseen == 0
                ? ""
                : "; \(unseen) groups stay whole, as the inputs do not show what they do: give inputs that do by --calibrate"
            throw PruningError(
                "the budget cannot be reached: \(reachable.joined(separator: "; "))\(advice)")
        }
    }

    /// Returns the network with groups cut to widths: as fast as the merged one will be.
    private func deleted(_ widths: [Int], _ network: AnalysedNetwork) throws -> Graph {
        let changes = try network.coupling.groups.filter { widths[$0.index] < $0.width }.map { group in
            let context = MergeContext(
                group: group, network: network, kept: Array(0..<widths[group.index])
            ) {
                throw PruningError("deletion needs no transport")
            }
            return (map: try DeletionRule().channelMap(context), group: group)
        }
        let narrow = try network.applying(changes)
        return try network.joining(network.idleFactors(in: narrow), in: narrow)
    }
}

extension Double {
    /// The number rounded to four decimals.
    fileprivate var shortened: String { "\((self * 10_000).rounded() / 10_000)" }
}
