public import Analysis
internal import Calibration
public import Compression
public import Datasets
public import Evaluation
public import Graph
public import Torch

/// Prunes a network: decides how wide its groups become, and merges what goes into what stays.
public struct Pruner: Sendable {
    /// What is done, with every default resolved.
    public private(set) var options: PruningOptions
    /// What measures the time of a run, where a budget is about it; nil for libtorch.
    public var runtime: (any InferenceRuntime)?
    let rule: any MergeRule
    let allocation: any WidthAllocation
    /// Whether several ways of dividing what is removed compete, where the effort allows that.
    private(set) var competes = true
    /// What widths may be.
    let limits: WidthLimits
    let device: Device
    let preparation: PruningPreparation
    private(set) var selection: GroupSelection

    /// Validates what is asked for, before anything expensive, and prepares it.
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
            AnalysedNetwork(graph, folding: options.folding), options: options,
            trainingImages: trainingImages,
            calibrationImages: calibrationImages, samplesAtOnce: samplesAtOnce, device: device, report: report
        )
    }

    /// Validates and prepares what is asked for of a network that other compressions begin with too.
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
        _ network: AnalysedNetwork, options: PruningOptions, trainingImages: ImageDataset? = nil,
        calibrationImages: (any CalibrationInputs)? = nil, samplesAtOnce: Int? = nil, device: Device = .cpu,
        report: (String, Double) throws -> Void = { _, _ in }
    ) throws {
        guard let folding = network.folding, folding == options.folding else {
            throw PruningError(
                "batch-norms are folded by \(network.folding?.rawValue ?? "nothing"), not by \(options.folding.rawValue)"
            )
        }
        var options = options
        if let samplesAtOnce, options.calibration?.fixedBatchSize == nil {
            options.calibration?.fixedBatchSize = samplesAtOnce
        }
        self.options = try options.resolved(for: network)
        rule = try MergeRuleRegistry.rule(named: self.options.chosenRule)
        allocation = try AllocationRegistry.allocation(named: self.options.chosenAllocation)
        limits = try self.options.limits ?? WidthLimits()
        try trainingImages?.requireFit(to: network.original)
        selection = try GroupSelection(self.options, of: network)
        preparation = try PruningPreparation(
            network, options: self.options, trainingImages: trainingImages,
            calibrationImages: calibrationImages, samplesAtOnce: samplesAtOnce, device: device,
            report: report)
        self.device = device
        try selection.leaveOut(unscoredBy: preparation.scorer, in: preparation.network)
    }

    /// The network as it was before, batch-norms folded.
    var network: AnalysedNetwork { preparation.network }

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
        copy.options = try copy.options.resolved(for: network)
        copy.selection = try GroupSelection(copy.options, of: network)
        try copy.selection.leaveOut(unscoredBy: preparation.scorer, in: network)
        return copy
    }

    /// Returns a compression that leaves another share of the multiply-accumulates; what was measured serves it too.
    ///
    /// - Parameters:
    ///   - share: The share.
    ///   - isFinal: Whether it is more than a trial: ways compete, and layers are refined as a whole, where these options ask for it.
    func retargeted(budget share: Double, isFinal: Bool) throws -> Pruner {
        var copy = self
        copy.options.sparsity = nil
        copy.options.budgets = [try Budget(.multiplyAccumulates, limit: share)]
        copy.competes = isFinal
        if !isFinal { copy.options.calibration?.refinementSteps = 0 }
        return copy
    }

    /// Prunes the network.
    ///
    /// - Parameter report: Called with the stage and the share of it that is done; what it throws ends the work.
    /// - Throws: `PruningError` where nothing can be removed or a budget cannot be reached, with the reasons.
    public func run(report: (String, Double) throws -> Void = { _, _ in }) throws -> PruningResult {
        try PruningRun(self).result(report: report)
    }
}
