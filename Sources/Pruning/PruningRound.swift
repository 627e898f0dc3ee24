internal import Analysis
internal import Calibration
internal import Compression
internal import Coupling
internal import Evaluation
internal import Graph
internal import Importance
internal import Torch

/// One step of a compression: finds widths for the present network, and merges its groups to them.
struct PruningRound {
    /// What is passed from step to step.
    struct State {
        /// The network at the start of the step, with the known moments of its activations.
        var network: AnalysedNetwork
        /// The compression of the first network so far.
        var compressed: CompressedNetwork
        var groups: [TrackedGroup]
        /// What goes without loss, counted in the first step.
        var spare: PruningResult.Spare?
    }

    /// A present group, with its position in the list of tracked ones.
    struct Present {
        let place: Int
        let group: CoupledGroup
        let originalWidth: Int
    }

    /// The result of merging groups to their widths.
    private struct Merged {
        var plan = CompressionPlan(steps: [])
        var compressed: CompressedNetwork
        /// The known moments of its activations, if another step follows.
        var moments: NetworkMoments?
        /// Remarks about groups, by their indices.
        var notes: [Int: [String]] = [:]
    }

    let run: PruningRun
    let step: Int
    let isLast: Bool
    /// The assumed growth of groups' measured errors.
    let growth: ErrorGrowth

    var pruner: Pruner { run.pruner }
    /// The cost of the first network.
    var dense: NetworkCost { run.before }
    var meter: LatencyMeter? { run.meter }
    private var options: PruningOptions { pruner.options }
    var limits: WidthLimits { pruner.limits }

    /// The largest number of searches for widths, if the result costs more than predicted.
    private static let attempts = 4

    /// Compresses the network for this step.
    ///
    /// - Returns: The plan, and for each budget the share of the first network's cost that was reached.
    func run(
        _ state: inout State, report: (String, Double) throws -> Void
    ) throws -> (plan: CompressionPlan, reached: [Double]) {
        let network = state.network
        let present = self.present(&state)
        let costs = try network.costs()
        let scored = try Scored(self, state, present, report)
        if step == 1 { state.spare = spare(scored, costs) }
        var factor = 1.0
        for attempt in 1...Self.attempts {
            let widths = try PruningWidths(
                round: self, costs: costs, present: present, scored: scored, budgetFactor: factor
            ).find(in: network)
            let merged = try merged(state, present, widths, scored, report)
            let reached = try shares(of: merged.compressed.joinedGraph())
            let excess =
                zip(options.budgets, reached).map { budget, reached in
                    reached / share(budget)
                }.max() ?? 0
            if excess > 1 {
                // Widths of groups that a step joins, or varying times, were predicted wrongly.
                guard attempt < Self.attempts else {
                    throw PruningError(
                        "the budget was missed by a factor of \(excess): \(options.budgets.map(\.description).joined(separator: ", "))"
                    )
                }
                factor /= excess
                continue
            }
            note(&state, merged.plan, present, widths, scored, merged.notes)
            state.compressed = merged.compressed
            if let moments = merged.moments {
                state.network = AnalysedNetwork(
                    try state.network.changed(merged.compressed.graph), moments: moments)
            }
            return (merged.plan, reached)
        }
        return (CompressionPlan(steps: []), [])
    }

    /// What goes without loss; nil if nothing does, or none is known to.
    private func spare(_ scored: Scored, _ costs: WidthCosts) -> PruningResult.Spare? {
        let own = Set(pruner.network.ownGroups.map(\.index))
        let spare = scored.spare.filter { own.contains($0.key) }
        guard !spare.isEmpty else { return nil }
        let (before, after) = (
            costs.cost(costs.dense),
            costs.cost(costs.dense.enumerated().map { $1 - (spare[$0] ?? 0) })
        )
        func share(_ quantity: KeyPath<NetworkCost, Int>) -> Double {
            1 - Double(after[keyPath: quantity]) / Double(max(before[keyPath: quantity], 1))
        }
        return PruningResult.Spare(
            channels: spare.values.reduce(0, +), parameters: share(\.parameters),
            multiplyAccumulates: share(\.multiplyAccumulates))
    }

    /// The share of the first network's cost that a budget allows after this step.
    func share(_ budget: Budget) -> Double {
        options.schedule.share(budget.share(of: dense), step: step, of: options.steps)
    }

    /// The sparsity after this step towards a goal.
    func sparsity(_ goal: Sparsity) throws -> Sparsity {
        try Sparsity(options.schedule.sparsity(goal.value, step: step, of: options.steps))
    }

    /// The selected groups as they are now.
    private func present(_ state: inout State) -> [Present] {
        state.groups.indices.filter { state.groups[$0].isChosen && !state.groups[$0].isLost }.compactMap {
            place in
            let tracked = state.groups[place].group
            // A group with the same members is a different one if an earlier step joined further channels to it.
            guard let group = try? state.network.coupling.group(of: tracked.references),
                group.width == state.groups[place].kept.count
            else {
                state.groups[place].isLost = true
                state.groups[place].reason = "a step before joined it with another group"
                return nil
            }
            return Present(place: place, group: group, originalWidth: tracked.width)
        }
    }

    /// Merges the groups to their widths, which are given by the groups' positions.
    private func merged(
        _ state: State, _ present: [Present], _ widths: [Int: Int], _ scored: Scored,
        _ report: (String, Double) throws -> Void
    ) throws -> Merged {
        let shrinking = present.filter { (widths[$0.place] ?? $0.group.width) < $0.group.width }
        let ordered = options.order == .forward ? shrinking.reversed() : shrinking
        var done = 0
        var result = Merged(compressed: state.compressed)
        var moments = try state.network.moments()
        let indices = Dictionary(
            ordered.map { (Set($0.group.references), $0.group.index) },
            uniquingKeysWith: { first, _ in first })
        let changeOf = Dictionary(
            ordered.map {
                (Set($0.group.references), (from: $0.group.width, to: widths[$0.place] ?? $0.group.width))
            }, uniquingKeysWith: { first, _ in first })
        let (plan, graph) = try CompressionPlan.make(
            for: state.network, groups: ordered.map(\.group.index), order: options.order, skipsJoined: true,
            observing: { network, changes in
                if options.calibration != nil { try result.compressed.note(changes, on: network) }
                if !isLast { moments = try moments.after(changes, on: network) }
            }
        ) { group, network in
            try report("merging", Double(done) / Double(max(ordered.count, 1)))
            done += 1
            guard let (before, width) = changeOf[Set(group.references)], before == group.width, width < before
            else { return nil }
            let analysis =
                try scored.analysis(of: group, in: network)
                ?? GroupAnalysis(
                    group, in: network, scorer: pruner.preparation.scorer, options: options.transport)
            let kept = ImportanceScorer.mostImportant(analysis.scores, count: width)
            let isMixable = Self.isMixable(group, in: network.graph)
            let rule: any MergeRule = isMixable ? pruner.rule : DeletionRule()
            let step = try analysis.steps(kept: kept, rules: [rule]).first
            if let index = indices[Set(group.references)] {
                result.notes[index] =
                    Self.notes(analysis, width, spare: scored.spare[index] ?? 0)
                    + (pruner.preparation.principal.contains(index) ? [Self.principalNote] : [])
                    + (isMixable ? step.flatMap(unknownReaders).map { [$0] } ?? [] : [Self.deletionNote])
            }
            return step
        }
        result.plan = plan
        result.compressed.follow(graph)
        result.moments = isLast ? nil : moments
        return result
    }

    /// Whether sums of a group's channels are meaningful: the codes of a low-bit weight cannot be added.
    private static func isMixable(_ group: CoupledGroup, in graph: Graph) -> Bool {
        group.members.allSatisfy { graph[$0.parameter].type.element.isFloatingPoint }
    }

    private static let principalNote = "principal combinations of its channels"
    private static let deletionNote =
        "stored as integers that cannot be added, its channels are removed and not merged"

    /// Remarks about a group's channels if this many are kept.
    private static func notes(_ analysis: GroupAnalysis, _ width: Int, spare: Int) -> [String] {
        var notes: [String] = []
        if analysis.deadCount > 0 {
            notes.append("\(analysis.deadCount) of its channels are all zero and are pruned first")
        }
        if spare > analysis.deadCount { notes.append("\(spare) of its channels can go without loss") }
        if Set(analysis.scores).count == 1 {
            notes.append("all its channels score the same; the first ones are kept")
        }
        if width == 1 { notes.append("one channel is kept, the minimum") }
        return notes
    }

    /// Says which layers a rule that uses moments had to merge without them; nil if there are none.
    private func unknownReaders(_ step: CompressionStep) -> String? {
        guard type(of: pruner.rule).usesMoments else { return nil }
        let chosen = step.candidates?.first(where: \.isChosen)
        // If the weights' map was preferred, the moments were known.
        if let chosen, chosen.basis == .moments, [.deleted, .normPreserving].contains(chosen.form) {
            return nil
        }
        let unknown = step.map.consumers.filter { $0.source == .weights }.map(\.parameter)
        guard !unknown.isEmpty else { return nil }
        guard unknown.count < step.map.consumers.count else {
            return "no moments are known where it is read, the weights decide"
        }
        let names = unknown.prefix(Self.namedReaders).joined(separator: ", ")
        let more = unknown.count - Self.namedReaders
        return "no moments are known where \(names)\(more > 0 ? " and \(more) more" : "") read it"
    }

    /// The largest number of layers named in a note.
    private static let namedReaders = 3

    /// The share of the first network's cost that a network has, for each budget.
    private func shares(of graph: Graph) throws -> [Double] {
        let cost = NetworkCost(of: graph)
        return try options.budgets.map { budget in
            guard budget.quantity == .latency else {
                return budget.amount(cost) / max(budget.amount(dense), 1)
            }
            return try meter?.times(of: graph).share ?? 1
        }
    }

    /// Records what was done to the groups, and why others stay whole.
    private func note(
        _ state: inout State, _ plan: CompressionPlan, _ present: [Present], _ widths: [Int: Int],
        _ scored: Scored, _ notes: [Int: [String]]
    ) {
        let steps = Dictionary(plan.steps.map { ($0.group, $0) }, uniquingKeysWith: { first, _ in first })
        for item in present {
            state.groups[item.place].scores = scored.scores[item.group.index]
            if let step = steps[item.group.index] {
                state.groups[item.place].add(step, notes: notes[item.group.index] ?? [])
            } else if state.groups[item.place].kept.count == item.originalWidth {
                state.groups[item.place].reason =
                    scored.unseen.contains(item.group.index)
                    ? "the inputs do not show what it does" : reason(item, wanted: widths[item.place])
            }
        }
    }

    /// Why a selected group lost no channels.
    private func reason(_ item: Present, wanted: Int?) -> String {
        let width = item.group.width
        if let wanted, wanted < width { return "a step before joined it with another group" }
        if width == 1 { return "it has a single channel" }
        let own = options.sparsities[item.place]
        let least = limits.least(
            of: width, greatest: own == nil ? type(of: pruner.allocation).greatestSparsity : 1)
        if least == width {
            return "the limits allow no width below \(width)"
        }
        if let sparsity = own ?? options.sparsity {
            return "a sparsity of \(sparsity.value) leaves all of its \(width) channels"
        }
        if options.budgets.isEmpty { return "no sparsity was given for it" }
        return "the budgets are kept without it"
    }
}
