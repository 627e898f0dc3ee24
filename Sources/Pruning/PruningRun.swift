internal import Analysis
internal import Calibration
internal import Compression
internal import Coupling
internal import Evaluation
internal import Graph

/// One run of a pruner: round after round, then the layers are mended.
struct PruningRun {
    let pruner: Pruner
    /// What the network cost at first.
    let before: NetworkCost
    /// Measures latencies, where a budget is about them.
    let meter: LatencyMeter?

    init(_ pruner: Pruner) throws {
        self.pruner = pruner
        before = NetworkCost(of: pruner.network.graph)
        let options = pruner.options
        meter =
            try options.budgets.contains { $0.quantity == .latency }
            ? LatencyMeter(
                pruner.network.graph, options: LatencyMeter.Options(batchSize: options.latencyBatchSize),
                runtime: pruner.runtime ?? LibtorchRuntime(device: pruner.device))
            : nil
    }

    func result(report: (String, Double) throws -> Void) throws -> PruningResult {
        let start = ContinuousClock.now
        let (options, network) = (pruner.options, pruner.network)
        var state = PruningRound.State(
            network: network,
            compressed: CompressedNetwork(network),
            groups: network.coupling.groups.map {
                TrackedGroup($0, reason: pruner.selection.reasons[$0.index])
            })
        var rounds: [CompressionPlan] = []
        var reached: [Double] = []
        for step in 1...options.steps {
            let round = PruningRound(run: self, step: step, isLast: step == options.steps)
            let plan: CompressionPlan
            (plan, reached) = try round.run(&state) { stage, fraction in
                try report(stage, (Double(step - 1) + fraction) / Double(options.steps))
            }
            if !plan.steps.isEmpty { rounds.append(plan) }
        }
        let groups = state.groups.map(\.summary)
        if rounds.isEmpty, !options.allowsNothing { throw PruningError(nothing(groups)) }
        var mended = CalibrationRequest.Mended(state.compressed.graph)
        if let calibration = pruner.preparation.calibration, let request = options.calibration,
            !rounds.isEmpty
        {
            mended = try request.mended(state.compressed, on: calibration, report: report)
        }
        try NetworkCheck.verify(mended.graph, madeOf: network.graph, device: pruner.device)
        return PruningResult(
            options: options, graph: mended.graph, dense: network.graph, rounds: rounds, groups: groups,
            frozen: PruningResult.frozen(network.coupling), layers: mended.fitted, repaired: mended.repaired,
            refinement: mended.refinement,
            calibration: pruner.preparation.calibration.map {
                PruningResult.CalibrationSummary(
                    batches: $0.batchCount, isAnchored: $0.isAnchored, drift: pruner.preparation.drift)
            }, before: before, after: NetworkCost(of: mended.graph),
            outcomes: zip(options.budgets, reached).map { budget, reached in
                PruningResult.Outcome(budget: budget, asked: budget.share(of: before), reached: reached)
            }, seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    /// Says why nothing was removed.
    private func nothing(_ groups: [PruningResult.Group]) -> String {
        let reasons =
            groups.map { "group \($0.index): \($0.reason ?? "stays whole")" }
            + pruner.network.coupling.frozen.map { frozen in
                let names = frozen.members.map(\.name).joined(separator: ", ")
                return "\(frozen.width) channels of \(names): \(frozen.reason)"
            }
        let first =
            groups.isEmpty
            ? "nothing was pruned: the network has no group that can be"
            : "nothing was pruned"
        return ([first] + reasons).joined(separator: "\n  ")
    }
}
