public import Compression
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
    public private(set) var options: PruningOptions
    let rule: any MergeRule
    let allocation: any WidthAllocation
    let scorer: ImportanceScorer
    let device: Device
    private let network: PreparedNetwork
    private var selection: GroupSelection
    private let moments: NetworkMoments
    private let calibration: Calibration?
    private let drift: InputDrift?

    /// Validates what is asked for, before anything expensive.
    ///
    /// - Parameters:
    ///   - graph: The network, batch-norms not folded.
    ///   - options: What is asked for.
    ///   - trainingImages: What criteria look at that need images; nil where none does.
    ///   - calibrationImages: Inputs without labels, where the options ask for calibration on such.
    ///   - samplesAtOnce: How many images the network takes at a time; nil is any number.
    ///   - device: Where networks run.
    ///   - report: Called with the stage and the share of it that is done, where inputs are looked for or made up.
    /// - Throws: An error naming the group, rule, criterion, allocation or pattern that does not exist, or what is missing.
    public init(
        _ graph: Graph, options: PruningOptions, trainingImages: ImageDataset? = nil,
        calibrationImages: (any CalibrationInputs)? = nil, samplesAtOnce: Int? = nil, device: Device = .cpu,
        report: (String, Double) throws -> Void = { _, _ in }
    ) throws {
        try self.init(
            PreparedNetwork(graph, folding: options.folding), options: options,
            trainingImages: trainingImages,
            calibrationImages: calibrationImages, samplesAtOnce: samplesAtOnce, device: device, report: report
        )
    }

    /// Validates what is asked for of a network that other compressions begin with too.
    ///
    /// - Parameters:
    ///   - network: The network; its batch-norms must be folded as the options say.
    ///   - options: What is asked for.
    ///   - trainingImages: What criteria look at that need images; nil where none does.
    ///   - calibrationImages: Inputs without labels, where the options ask for calibration on such.
    ///   - samplesAtOnce: How many images the network takes at a time; nil is any number.
    ///   - device: Where networks run.
    ///   - report: Called with the stage and the share of it that is done, where inputs are looked for or made up.
    /// - Throws: An error naming the group, rule, criterion, allocation or pattern that does not exist, or what is missing.
    public init(
        _ network: PreparedNetwork, options: PruningOptions, trainingImages: ImageDataset? = nil,
        calibrationImages: (any CalibrationInputs)? = nil, samplesAtOnce: Int? = nil, device: Device = .cpu,
        report: (String, Double) throws -> Void = { _, _ in }
    ) throws {
        guard network.folding == options.folding else {
            throw PruningError(
                "batch-norms are folded by \(network.folding.rawValue), not by \(options.folding.rawValue)")
        }
        self.network = network
        self.options = try options.resolved()
        let (graph, dense) = (network.original, network.dense)
        rule = try MergeRuleRegistry.rule(named: options.rule)
        self.options.missingMoments = try options.missingMoments.resolved(for: network, rule: rule)
        allocation = try AllocationRegistry.allocation(named: options.allocation)
        try trainingImages?.requireFit(to: graph)
        selection = try GroupSelection(options, network.coupling, folded: dense, original: graph)
        if options.calibration != nil { try network.requireFiniteWeights() }
        calibration = try options.calibration?.calibration(
            for: graph, folded: dense, images: calibrationImages, report: report)
        drift =
            try calibration?.source == .images
            ? calibration.flatMap { try InputDrift(of: $0, in: dense, moments: network.moments) } : nil
        // Real activations tell more than batch-norms do, and so do those that the network asks for; others less.
        if let calibration, calibration.source != .synthetic {
            moments = try network.moments.measuring(calibration, of: dense, seed: options.seed)
        } else {
            moments = try self.options.missingMoments.completing(
                network.moments, of: dense, samplesAtOnce: samplesAtOnce, seed: options.seed)
        }
        scorer = try options.scoring.scorer(
            images: trainingImages, samplesAtOnce: samplesAtOnce, original: graph, moments: moments,
            device: device)
        self.device = device
        try selection.leaveOut(unscoredBy: scorer, in: dense)
    }

    private var dense: Graph { network.dense }
    private var coupling: Coupling { network.coupling }

    /// Returns a compression that differs only in how much goes and where; what was measured serves it too.
    ///
    /// - Parameters:
    ///   - sparsity: The share of the competing groups' channels that is removed.
    ///   - groups: The groups that may lose channels; nil is all.
    /// - Throws: `CouplingError` for a group that does not exist.
    public func retargeted(sparsity: Sparsity, groups: [Int]?) throws -> Pruner {
        var copy = self
        copy.options.sparsity = sparsity
        copy.options.groups = groups
        copy.options = try copy.options.resolved()
        copy.selection = try GroupSelection(
            copy.options, coupling, folded: dense, original: network.original)
        try copy.selection.leaveOut(unscoredBy: scorer, in: dense)
        return copy
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
        var mended = CalibrationRequest.Mended(graph: state.graph)
        if let calibration, let request = options.calibration, !rounds.isEmpty {
            mended = try request.mended(dense, by: rounds, on: calibration, report: report)
        }
        try NetworkCheck.verify(mended.graph, madeOf: dense, device: device)
        return PruningResult(
            options: options, graph: mended.graph, dense: dense, rounds: rounds, groups: groups,
            frozen: PruningResult.frozen(coupling), layers: mended.fitted, repaired: mended.repaired,
            refinement: mended.refinement,
            calibration: calibration.map {
                PruningResult.CalibrationSummary(
                    batches: $0.batchCount, isAnchored: $0.isAnchored, drift: drift)
            }, before: before, after: NetworkCost(of: mended.graph),
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
