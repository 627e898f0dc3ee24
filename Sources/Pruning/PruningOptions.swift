package import Analysis
public import Calibration
public import Compression
internal import Graph
internal import Importance

/// How a network is compressed.
@dynamicMemberLookup
public struct PruningOptions: Sendable, Equatable {
    /// How much work goes into options that are left open.
    public var effort: Effort
    /// The groups that may lose channels; nil is all.
    public var groups: [Int]?
    /// Groups that stay whole: indices, or patterns (`*`, `?`, `[...]`) for the names of parameters, nodes and values.
    public var ignored: [String]
    /// The sparsities of groups that do not compete with the others.
    public var sparsities: [Int: Sparsity]
    /// The share of the competing groups' channels that is removed; nil if budgets decide.
    public var sparsity: Sparsity?
    /// The limits on the result's cost; 70 % of the multiply-accumulates if nothing says how much is removed.
    public var budgets: [Budget]
    /// The merge rule; nil is `chosenRule`, the one that suits the calibration.
    public var rule: String?
    /// The source of moments that no batch-norm holds.
    public var missingMoments: MissingMoments
    /// The basis in which channels are chosen; nil is the principal one if layers are fitted afterwards and nothing else
    /// says how channels are scored and merged.
    public var basis: ChannelBasis?
    /// The form of large linear layers; nil is `chosenLayers`.
    public var layers: LayerForm?
    /// The allocation of widths; nil leaves it to the effort.
    public var allocation: String?
    /// The limits on widths; nil leaves them to the effort: none with `minimal`, otherwise multiples for which
    /// runtimes' kernels are fast.
    public var limits: WidthLimits?
    /// The number of steps; each scores the network that the previous one left.
    public var steps: Int
    /// How the pruning is divided into steps.
    public var schedule: PruningSchedule
    /// The order in which groups are merged within a step.
    public var order: CompressionOrder
    /// How channels are scored and transported; its members are members of these options.
    public var scoring: ScoringOptions
    /// The number of samples per run when latency is measured.
    public var latencyBatchSize: Int
    /// Whether an unchanged network is a valid result.
    public var allowsNothing: Bool
    /// The inputs on which layers are fitted afterwards; nil is none, and with the effort `minimal` so is `automatic`.
    public var calibration: CalibrationRequest?

    /// Makes options.
    public init(
        effort: Effort = .normal, groups: [Int]? = nil, ignored: [String] = [],
        sparsities: [Int: Sparsity] = [:],
        sparsity: Sparsity? = nil,
        budgets: [Budget] = [], rule: String? = nil,
        allocation: String? = nil,
        limits: WidthLimits? = nil, steps: Int = 1, schedule: PruningSchedule = .linear,
        order: CompressionOrder = .simultaneous, scoring: ScoringOptions = ScoringOptions(),
        latencyBatchSize: Int = 1, allowsNothing: Bool = false,
        calibration: CalibrationRequest? = .automatic,
        missingMoments: MissingMoments = .automatic, basis: ChannelBasis? = nil, layers: LayerForm? = nil
    ) {
        self.effort = effort
        self.groups = groups
        self.ignored = ignored
        self.sparsities = sparsities
        self.sparsity = sparsity
        self.budgets = budgets
        self.rule = rule
        self.allocation = allocation
        self.limits = limits
        self.steps = steps
        self.schedule = schedule
        self.order = order
        self.scoring = scoring
        self.latencyBatchSize = latencyBatchSize
        self.allowsNothing = allowsNothing
        self.calibration = calibration
        self.missingMoments = missingMoments
        self.basis = basis
        self.layers = layers
    }

    public subscript<Value>(dynamicMember path: WritableKeyPath<ScoringOptions, Value>) -> Value {
        get { scoring[keyPath: path] }
        set { scoring[keyPath: path] = newValue }
    }

    /// The calibration in effect, before the inputs that suit the network are known.
    package var chosenCalibration: CalibrationRequest? {
        effort == .minimal && calibration?.source == .automatic ? nil : calibration
    }

    /// The resolved allocation.
    public var chosenAllocation: String { allocation ?? effort.allocation }

    /// The resolved merge rule. If layers are fitted afterwards, deletion leaves the most for the fit to correct;
    /// otherwise channels are merged so that moments are preserved.
    public var chosenRule: String {
        rule
            ?? (chosenCalibration.map { $0.method == .leastSquares } ?? false
                ? CompensatedDeletionRule.name : MomentMatchedRule.name)
    }

    /// The resolved basis.
    public var chosenBasis: ChannelBasis {
        if let basis { return basis }
        let isFitted = chosenCalibration.map { $0.method == .leastSquares && !$0.keepsBatchNorms } ?? false
        return isFitted && effort != .minimal && rule == nil && scoring.importance == nil
            ? .principal : .given
    }

    /// The resolved form of layers: products if parameters are what is to be saved and principal channels divide the layers;
    /// whole if something says which groups lose what.
    public var chosenLayers: LayerForm {
        if let layers { return layers }
        let isForParameters = !budgets.isEmpty && budgets.allSatisfy { $0.quantity == .parameters }
        return isForParameters && chosenBasis == .principal && (schedule.stepCount ?? steps) == 1
            && chosenCalibration?.method == .leastSquares && groups == nil && sparsities.isEmpty
            ? .factored : .whole
    }

    /// The resolved importance criterion. If groups compete by scores, their weights are compared, as errors of outputs
    /// rank channels only within a group.
    public var criterion: String {
        scoring.importance
            ?? ([GlobalAllocation.name, IsomorphicAllocation.name].contains(chosenAllocation)
                ? L1Importance.name : OutputErrorImportance.name)
    }

    /// Returns the options with every dependent default resolved.
    ///
    /// - Throws: `PruningError` for options that contradict each other.
    package func resolved(for network: AnalysedNetwork) throws -> PruningOptions {
        var result = self
        result.basis = chosenBasis
        result.layers = chosenLayers
        result.rule = chosenRule
        result.scoring.importance = criterion
        result.allocation = chosenAllocation
        result.limits = try limits ?? WidthLimits(multiple: effort == .minimal ? 1 : nil)
        guard (1...Self.mostSteps).contains(steps) else {
            throw PruningError("the number of steps must be in 1 ... \(Self.mostSteps), got \(steps)")
        }
        if let count = schedule.stepCount {
            guard steps == 1 || steps == count else {
                throw PruningError("the schedule \(schedule) has \(count) steps, \(steps) were asked for")
            }
            result.steps = count
            if sparsity == nil, budgets.isEmpty {
                result.sparsity = try schedule.lastSparsity.map { try Sparsity($0) }
            }
        }
        guard result.sparsity == nil || budgets.isEmpty else {
            throw PruningError("a sparsity and a budget exclude each other: the budget finds the sparsity")
        }
        if result.sparsity == nil, budgets.isEmpty, sparsities.isEmpty {
            result.budgets = [try Budget(.multiplyAccumulates, limit: Self.defaultShare)]
        }
        if layers == .factored {
            guard chosenBasis == .principal, chosenCalibration?.method == .leastSquares, result.steps == 1,
                groups == nil, sparsities.isEmpty, !result.budgets.isEmpty
            else {
                throw PruningError(
                    "layers become two only for a budget of all groups, in one step and by principal channels, which need layers that are fitted"
                )
            }
        }
        guard Set(budgets.map(\.quantity)).count == budgets.count else {
            throw PruningError("a quantity has two budgets")
        }
        result.calibration = try chosenCalibration?.resolved(for: network, effort: effort)
        result.missingMoments = try missingMoments.resolved(
            for: network, rule: MergeRuleRegistry.rule(named: chosenRule))
        return result
    }

    /// Whether a budget limits work instead of parameters.
    var savesWork: Bool { budgets.contains { [.multiplyAccumulates, .latency].contains($0.quantity) } }

    /// Returns a network with its layers in the form that resolved options ask for.
    func inChosenForm(_ network: AnalysedNetwork) throws -> AnalysedNetwork {
        guard layers == .factored else { return network }
        return try network.factored(savingWork: savesWork)
    }

    private static let mostSteps = 1000
    /// The share of the multiply-accumulates that is kept by default.
    private static let defaultShare = 0.7
}

extension CalibrationRequest {
    /// Returns the request with everything resolved that depends on the effort and the network.
    fileprivate func resolved(for network: AnalysedNetwork, effort: Effort) throws -> CalibrationRequest {
        var result = self
        if source == .automatic { result.source = try effort.origin(for: network) }
        if images == nil {
            result.images =
                effort == .minimal
                ? Self.defaultImages(from: result.source, for: network.graph)
                : max(effort.images(for: network.graph), fixedBatchSize ?? 1)
        }
        if refinementSteps == nil {
            result.refinementSteps =
                method == .leastSquares
                ? effort.refinementSteps(for: network.graph, on: result.source) : 0
        }
        if result.source == .photographs, normalisation == nil {
            result.normalisation = try PhotographNormalisation.found(
                for: network, samplesAtOnce: fixedBatchSize)
        }
        return result
    }
}
