public import Analysis
internal import Calibration
public import Compression
public import Datasets
public import Evaluation
public import Graph
public import Torch

/// Prunes a network: decides the widths of its groups, and merges the pruned channels into the kept ones.
public struct Pruner: Sendable {
    /// The options with every default resolved.
    public private(set) var options: PruningOptions
    /// Measures latency, if there is a budget for it; nil is libtorch.
    public var runtime: (any InferenceRuntime)?
    let rule: any MergeRule
    let allocation: any WidthAllocation
    /// Whether several allocations compete, if the effort allows it.
    private(set) var competes = true
    /// The limits on widths.
    let limits: WidthLimits
    let device: Device
    let preparation: PruningPreparation
    /// The network before anything was done, batch-norms folded.
    let given: AnalysedNetwork
    private(set) var selection: GroupSelection

    /// Validates the options before any expensive work, and prepares a compression.
    ///
    /// - Parameters:
    ///   - graph: The network, batch-norms not folded.
    ///   - options: The options.
    ///   - trainingImages: Images for criteria that need them; nil if none does.
    ///   - calibrationImages: Inputs without labels, if the options request calibration on such.
    ///   - samplesAtOnce: The number of images that the network takes at a time; nil is any.
    ///   - device: Where networks run.
    ///   - report: Called with the stage and the share of it that is done while inputs are found or generated.
    /// - Throws: An error naming a group, rule, criterion, allocation or pattern that does not exist, or what is
    ///   missing.
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

    /// Validates the options and prepares a compression of a network that other compressions share.
    ///
    /// - Parameters:
    ///   - network: The network; its batch-norms must be folded as the options say.
    ///   - options: The options.
    ///   - trainingImages: Images for criteria that need them; nil if none does.
    ///   - calibrationImages: Inputs without labels, if the options request calibration on such.
    ///   - samplesAtOnce: The number of images that the network takes at a time; nil is any.
    ///   - device: Where networks run.
    ///   - report: Called with the stage and the share of it that is done while inputs are found or generated.
    /// - Throws: An error naming a group, rule, criterion, allocation or pattern that does not exist, or what is
    ///   missing.
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
        let given = options.chosenBasis == .principal ? try network.readingHeads() : network
        var options = options
        if let samplesAtOnce, options.calibration?.fixedBatchSize == nil {
            options.calibration?.fixedBatchSize = samplesAtOnce
        }
        self.options = try options.resolved(for: given)
        self.given = given
        let network = try self.options.inChosenForm(given)
        rule = try MergeRuleRegistry.rule(named: self.options.chosenRule)
        allocation = try AllocationRegistry.allocation(named: self.options.chosenAllocation)
        limits = try self.options.limits ?? WidthLimits()
        try trainingImages?.requireFit(to: network.original)
        selection = try GroupSelection(self.options, of: network)
        preparation = try PruningPreparation(
            network, options: self.options, trainingImages: trainingImages,
            calibrationImages: calibrationImages, samplesAtOnce: samplesAtOnce,
            selected: Set(selection.chosen.map(\.index)),
            device: device, report: report)
        self.device = device
        try selection.leaveOut(unscoredBy: preparation.scorer, in: preparation.network)
    }

    /// The network that groups lose channels of: the first one, in the chosen bases and with layers in the chosen form.
    var network: AnalysedNetwork { preparation.network }

    /// Returns a compression that differs only in how much is removed and where; measurements are reused.
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

    /// Returns a compression to another share of the multiply-accumulates; measurements are reused.
    ///
    /// - Parameters:
    ///   - share: The share.
    ///   - isFinal: Whether it is more than a trial: allocations compete, and layers are refined as a whole, if the
    ///     options say so.
    /// - Throws: `PruningError` if layers were chosen for a budget of something else.
    func retargeted(budget share: Double, isFinal: Bool) throws -> Pruner {
        guard options.layers != .factored || options.savesWork else {
            throw PruningError(
                "layers were chosen to become two for a budget of parameters, not of multiply-accumulates")
        }
        var copy = self
        copy.options.sparsity = nil
        copy.options.budgets = [try Budget(.multiplyAccumulates, limit: share)]
        copy.competes = isFinal
        if !isFinal { copy.options.calibration?.refinementSteps = 0 }
        return copy
    }

    /// Prunes the network.
    ///
    /// - Parameter report: Called with the stage and the share of it that is done; an error it throws ends the work.
    /// - Throws: `PruningError` if nothing can be removed or a budget cannot be reached, with the reasons.
    public func run(report: (String, Double) throws -> Void = { _, _ in }) throws -> PruningResult {
        try PruningRun(self).result(report: report)
    }
}
