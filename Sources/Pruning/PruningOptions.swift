package import Analysis
public import Calibration
public import Compression
internal import Graph
internal import Importance

/// How a network is compressed.
@dynamicMemberLookup
public struct PruningOptions: Sendable, Equatable {
    /// How much work goes into what is left open.
    public var effort: Effort
    /// The groups that may lose channels; nil is all.
    public var groups: [Int]?
    /// Groups that stay whole: indices, or patterns (`*`, `?`, `[...]`) of the names of parameters, nodes and values.
    public var ignored: [String]
    /// The sparsities of groups that do not compete with the others.
    public var sparsities: [Int: Sparsity]
    /// The share of the competing groups' channels that is removed; nil where budgets say how many.
    public var sparsity: Sparsity?
    /// What the result may cost; 70 % of the multiply-accumulates where nothing says how much goes.
    public var budgets: [Budget]
    /// The merge rule; nil is the one that suits the calibration, `chosenRule`.
    public var rule: String?
    /// What stands in for the moments that no batch-norm tells.
    public var missingMoments: MissingMoments
    /// How what is removed is spread over groups; nil is as the effort says.
    public var allocation: String?
    /// What widths may be; nil leaves them to the effort: any with the least, else what runtimes' kernels like.
    public var limits: WidthLimits?
    /// The number of steps; each scores the network that the one before left.
    public var steps: Int
    /// How the way is divided into steps.
    public var schedule: PruningSchedule
    /// In which order the groups are merged within a step.
    public var order: CompressionOrder
    /// How channels are scored and transported; its members are members of these options.
    public var scoring: ScoringOptions
    /// The number of samples in one run where latency is measured.
    public var latencyBatchSize: Int
    /// Whether a result that is the network as it was is one.
    public var allowsNothing: Bool
    /// The inputs on which layers are fitted afterwards; nil is none, and with the least effort those that suit the network are
    /// none.
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
        missingMoments: MissingMoments = .automatic
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
    }

    public subscript<Value>(dynamicMember path: WritableKeyPath<ScoringOptions, Value>) -> Value {
        get { scoring[keyPath: path] }
        set { scoring[keyPath: path] = newValue }
    }

    /// The calibration that is meant, before it is known which inputs suit the network.
    package var chosenCalibration: CalibrationRequest? {
        effort == .minimal && calibration?.source == .automatic ? nil : calibration
    }

    /// The allocation that is meant.
    public var chosenAllocation: String { allocation ?? effort.allocation }

    /// The merge rule that is meant: where layers are fitted afterwards, deletion leaves the most for the fit to put right;
    /// else channels are merged so that moments are kept.
    public var chosenRule: String {
        rule
            ?? (chosenCalibration.map { $0.method == .leastSquares } ?? false
                ? CompensatedDeletionRule.name : MomentMatchedRule.name)
    }

    /// The importance criterion that is meant: where groups compete their weights are compared, as errors of outputs rank
    /// channels within a group only.
    public var criterion: String {
        scoring.importance
            ?? ([GlobalAllocation.name, IsomorphicAllocation.name].contains(chosenAllocation)
                ? L1Importance.name : OutputErrorImportance.name)
    }

    /// Returns the options with every default that depends on others resolved.
    ///
    /// - Throws: `PruningError` for options that contradict each other.
    package func resolved(for network: AnalysedNetwork) throws -> PruningOptions {
        var result = self
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
        guard Set(budgets.map(\.quantity)).count == budgets.count else {
            throw PruningError("a quantity has two budgets")
        }
        result.calibration = try chosenCalibration?.resolved(for: network, effort: effort)
        result.missingMoments = try missingMoments.resolved(
            for: network, rule: MergeRuleRegistry.rule(named: chosenRule))
        return result
    }

    private static let mostSteps = 1000
    /// The share of the multiply-accumulates that is left where nothing says how much.
    private static let defaultShare = 0.7
}

extension CalibrationRequest {
    /// Returns the request with everything decided that the effort and the network decide.
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
                method == .leastSquares ? effort.refinementSteps(for: network.graph) : 0
        }
        if result.source == .photographs, normalisation == nil {
            result.normalisation = try PhotographNormalisation.found(
                for: network, samplesAtOnce: fixedBatchSize)
        }
        return result
    }
}
