internal import Analysis
internal import Calibration
internal import Compression
internal import Coupling
internal import Evaluation
internal import Graph

/// One run of a pruner: round after round, then the layers are fitted or repaired.
struct PruningRun {
    let pruner: Pruner
    /// How far layers may go towards the fitted weights: all, part or none of the way.
    private static let shares = [1, 0.75, 0.5, 0.25, 0]
    /// A network is preferred to the first only below this share of its error: the first suits most networks, and
    /// errors on few inputs are uncertain.
    private static let wayMargin = 0.95
    /// Part of the way is preferred to all of it only below this share of the error. The final fit, on all inputs,
    /// needs less of that.
    private static let shareMargin = 0.9

    /// The cost of the first network.
    let before: NetworkCost
    /// Measures latencies, if there is a budget for them.
    let meter: LatencyMeter?

    init(_ pruner: Pruner) throws {
        self.pruner = pruner
        before = NetworkCost(of: pruner.given.graph)
        let options = pruner.options
        meter =
            try options.budgets.contains { $0.quantity == .latency }
            ? LatencyMeter(
                pruner.given.graph, options: LatencyMeter.Options(batchSize: options.latencyBatchSize),
                runtime: pruner.runtime ?? LibtorchRuntime(device: pruner.device))
            : nil
    }

    /// A network with its final widths, its layers not fitted yet.
    private struct Narrowed {
        let growth: ErrorGrowth
        var state: PruningRound.State
        /// How far its layers go towards the fitted weights, if that was tried.
        var share: Double?
        var rounds: [CompressionPlan] = []
        var reached: [Double] = []

        var widths: [Int] { state.groups.map(\.kept.count) }
    }

    func result(report: (String, Double) throws -> Void) throws -> PruningResult {
        let start = ContinuousClock.now
        let network = pruner.network
        let (narrowed, contest) = try best(report: report)
        var options = pruner.options
        if let share = narrowed.share { options.calibration?.reconstruction.share = share }
        let groups = narrowed.state.groups.prefix(network.ownGroups.count).map(\.summary)
        if narrowed.rounds.isEmpty, !options.allowsNothing { throw PruningError(nothing(groups)) }
        var mended = CalibrationRequest.Mended(narrowed.state.compressed.graph)
        if let calibration = pruner.preparation.calibration, let request = options.calibration,
            !narrowed.rounds.isEmpty
        {
            mended = try request.mended(narrowed.state.compressed, on: calibration, report: report)
        }
        try NetworkCheck.verify(mended.graph, madeOf: pruner.given.graph, device: pruner.device)
        return PruningResult(
            options: options, graph: mended.graph, dense: pruner.given.graph, bases: pruner.preparation.bases,
            rounds: narrowed.rounds,
            groups: groups, spare: narrowed.state.spare, factored: narrowed.state.compressed.factored(),
            frozen: PruningResult.frozen(pruner.given.coupling),
            frozenCauses: pruner.given.coupling.frozenCauses(in: pruner.given.graph), layers: mended.fitted,
            repaired: mended.repaired,
            refinement: mended.refinement,
            calibration: pruner.preparation.calibration.map {
                PruningResult.CalibrationSummary(
                    batches: $0.batchCount, isAnchored: $0.isAnchored, drift: pruner.preparation.drift)
            }, contest: contest, before: before, after: NetworkCost(of: mended.graph),
            outcomes: zip(options.budgets, narrowed.reached).map { budget, reached in
                PruningResult.Outcome(budget: budget, asked: budget.share(of: before), reached: reached)
            }, seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    /// Narrows the network with every competing error growth, and returns the result that does best once its layers are
    /// fitted, on inputs held out from fits and from measurements of groups. The first is preferred unless another is
    /// clearly better.
    private func best(
        report: (String, Double) throws -> Void
    ) throws -> (Narrowed, contest: [PruningResult.Contender]) {
        let growths = try competing()
        guard growths.count > 1, let rivalry = pruner.preparation.rivalry,
            var request = pruner.options.calibration
        else { return (try narrowed(growths[0], report: report), []) }
        request.refinementSteps = 0
        request.keepsBatchNorms = false
        var found: [(narrowed: Narrowed, divergence: Double, unfitted: Double)] = []
        for (place, growth) in growths.enumerated() {
            func progress(_ stage: String, _ fraction: Double) throws {
                try report(stage, (Double(place) + fraction) / Double(growths.count))
            }
            var narrowed = try narrowed(growth) { try progress($0, $1 / 2) }
            guard !narrowed.rounds.isEmpty, !found.contains(where: { $0.narrowed.widths == narrowed.widths })
            else { continue }
            let compressed = narrowed.state.compressed
            let mended = try request.mended(compressed, on: rivalry.fitting) {
                try progress($0, (1 + $1) / 2)
            }
            let errors = try DivergenceMeter(
                compressed.original.graph, inputs: rivalry.comparing, device: pruner.device
            ).divergences(
                of: Self.shares.map { try compressed.graph.blended(towards: mended.graph, share: $0) })
            guard let full = errors.first, let unfitted = errors.last else { continue }
            var least = (error: full, share: 1.0)
            for (error, share) in zip(errors, Self.shares)
            where error < min(least.error, Self.shareMargin * full) {
                least = (error, share)
            }
            narrowed.share = least.share
            found.append((narrowed, least.error, unfitted))
        }
        guard let first = found.first else { return (try narrowed(growths[0], report: report), []) }
        let best = found.enumerated()
            .filter { $0.offset == 0 || $0.element.divergence < Self.wayMargin * first.divergence }
            .min { ($0.element.divergence, $0.offset) < ($1.element.divergence, $1.offset) }
        guard let best else { return (first.narrowed, []) }
        let contest = found.enumerated().map { place, item in
            PruningResult.Contender(
                growth: item.narrowed.growth, divergence: item.divergence, unfitted: item.unfitted,
                share: item.narrowed.share ?? 1,
                isChosen: place == best.offset)
        }
        return (best.element.narrowed, contest)
    }

    /// The competing error growths: one if groups are not measured, layers are not fitted, or latency is measured.
    private func competing() throws -> [ErrorGrowth] {
        let options = pruner.options
        let growths = options.effort.growths(
            for: pruner.network.graph, onGivenInputs: pruner.preparation.calibration?.origin == .images)
        guard pruner.competes, type(of: pruner.allocation).measuresErrors,
            options.calibration?.method == .leastSquares,
            options.steps == 1, options.sparsity != nil || !options.budgets.isEmpty, meter == nil
        else { return Array(growths.prefix(1)) }
        return growths
    }

    private func narrowed(
        _ growth: ErrorGrowth, report: (String, Double) throws -> Void
    ) throws -> Narrowed {
        let (options, network) = (pruner.options, pruner.network)
        var result = Narrowed(
            growth: growth,
            state: PruningRound.State(
                network: network,
                compressed: CompressedNetwork(network),
                groups: network.coupling.groups.map {
                    TrackedGroup($0, reason: pruner.selection.reasons[$0.index])
                }))
        for step in 1...options.steps {
            let round = PruningRound(run: self, step: step, isLast: step == options.steps, growth: growth)
            let plan: CompressionPlan
            (plan, result.reached) = try round.run(&result.state) { stage, fraction in
                try report(stage, (Double(step - 1) + fraction) / Double(options.steps))
            }
            if !plan.steps.isEmpty { result.rounds.append(plan) }
        }
        result.state.compressed = try result.state.compressed.joiningIdleFactors()
        return result
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
