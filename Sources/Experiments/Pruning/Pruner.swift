internal import Compression
internal import Coupling
public import Datasets
internal import Evaluation
public import Graph
internal import Importance
internal import Moments
public import Torch

/// Compresses a network: decides how wide its groups become, and merges what goes into what stays.
public struct Pruner: Sendable {
    /// What is done, with every default resolved.
    public let options: PruningOptions
    let dense: Graph
    let rule: any MergeRule
    let allocation: any WidthAllocation
    let scorer: ImportanceScorer
    let device: Device
    private let coupling: Coupling
    private let selection: GroupSelection
    private let moments: NetworkMoments
    private let calibration: Calibration?

    /// Validates what is asked for, before anything expensive.
    ///
    /// - Parameters:
    ///   - graph: The network, batch-norms not folded.
    ///   - options: What is asked for.
    ///   - trainingImages: What criteria look at that need images; nil where none does.
    ///   - calibrationImages: Unlabelled images, where the options ask for calibration on such.
    ///   - device: Where networks run.
    /// - Throws: An error naming the group, rule, criterion, allocation or pattern that does not exist, or what is missing.
    public init(
        _ graph: Graph, options: PruningOptions, trainingImages: ImageDataset? = nil,
        calibrationImages: ImageDataset? = nil, device: Device = .cpu
    ) throws {
        self.options = try options.resolved()
        rule = try MergeRuleRegistry.rule(named: options.rule)
        allocation = try AllocationRegistry.allocation(named: options.allocation)
        try trainingImages?.requireFit(to: graph)
        dense = try options.folding.folded(graph)
        coupling = try Coupling(dense)
        selection = try GroupSelection(options, coupling, folded: dense, original: graph)
        let told = try NetworkMoments(batchNormsOf: graph, foldedInto: dense)
        calibration = try options.calibration?.calibration(
            for: graph, folded: dense, images: calibrationImages)
        // Real activations tell more than batch-norms do; made-up ones less.
        if let calibration, calibration.source == .images {
            moments = try told.measuring(calibration, of: dense, seed: options.seed)
        } else {
            moments = told
        }
        scorer = try ImportanceRegistry.scorer(
            named: options.importance,
            options: ImportanceOptions(
                seed: options.seed, batches: options.batches, batchSize: options.criterionBatchSize),
            reduction: options.reduction, normaliser: options.normaliser, images: trainingImages,
            original: graph, moments: moments, device: device)
        self.device = device
    }

    /// Compresses the network.
    ///
    /// - Parameter report: Called with the stage and the share of it that is done; what it throws ends the work.
    /// - Throws: `PruningError` where nothing can be removed or a budget cannot be reached, with the reasons.
    public func run(report: (String, Double) throws -> Void = { _, _ in }) throws -> PruningResult {
        let start = ContinuousClock.now
        let before = NetworkCost(of: dense)
        let meter =
            try options.budgets.contains { $0.quantity == .latency }
            ? LatencyMeter(
                dense, options: LatencyMeter.Options(batchSize: options.latencyBatchSize), device: device)
            : nil
        var state = PruningRound.State(
            graph: dense, moments: moments,
            groups: coupling.groups.map { TrackedGroup($0, reason: selection.reasons[$0.index]) })
        var rounds: [CompressionPlan] = []
        var reached: [Double] = []
        for step in 1...options.steps {
            let round = PruningRound(
                pruner: self, dense: before, meter: meter, step: step, isLast: step == options.steps)
            let plan: CompressionPlan
            (plan, reached) = try round.run(&state) { stage, fraction in
                try report(stage, (Double(step - 1) + fraction) / Double(options.steps))
            }
            if !plan.steps.isEmpty { rounds.append(plan) }
        }
        let groups = state.groups.map(\.summary)
        if rounds.isEmpty, !options.allowsNothing { throw PruningError(nothing(groups)) }
        var layers: [LayerReconstruction.Report] = []
        if let calibration, let request = options.calibration, !rounds.isEmpty {
            try report("fitting layers", 0)
            (state.graph, layers) = try LayerReconstruction(calibration, options: request.reconstruction)
                .apply(rounds, to: dense)
        }
        try NetworkCheck.verify(state.graph, device: device)
        return PruningResult(
            options: options, graph: state.graph, dense: dense, rounds: rounds, groups: groups,
            frozen: coupling.frozen.map { frozen in
                PruningResult.Frozen(
                    width: frozen.width,
                    members: frozen.members.map { MemberReference($0).description },
                    reason: frozen.reason)
            },
            layers: layers, before: before, after: NetworkCost(of: state.graph),
            outcomes: zip(options.budgets, reached).map { budget, reached in
                PruningResult.Outcome(budget: budget, asked: budget.share(of: before), reached: reached)
            }, seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    /// Says why nothing was removed.
    private func nothing(_ groups: [PruningResult.Group]) -> String {
        let reasons =
            groups.map { "group \($0.index): \($0.reason ?? "stays whole")" }
            + coupling.frozen.map { frozen in
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
