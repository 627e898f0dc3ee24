public import Analysis
public import Calibration
public import Compression
public import Datasets
public import Graph
public import Importance
internal import OptimalTransport

/// How a network is compressed, in terms of `prune`'s flags, whatever the network and however much is removed.
///
/// The command line and the methods of a study are both read into one. A nil setting has its default from
/// `PruningOptions` and the options in it. In JSON the keys are the flags' names in snake case.
public struct PruningSettings: Sendable, Hashable, Codable {
    /// How much work goes into settings that are left open; nil is the default of `PruningOptions`.
    public var effort: Effort?
    // How removed channels are merged.
    public var rule: String?
    public var missingMoments: MissingMoments?
    public var basis: ChannelBasis?
    public var layers: LayerForm?
    public var folding: BatchNormFolding?
    // Where channels are removed, and in which steps.
    public var allocate: String?
    public var ignore: [String]?
    public var roundTo: Int?
    public var minimumWidth: Int?
    public var maxSparsity: Double?
    public var steps: Int?
    public var schedule: String?
    public var order: CompressionOrder?
    // Calibration.
    public var calibrate: String?
    public var repair: Bool?
    public var images: Int?
    public var refine: Int?
    public var keepBatchNorms: Bool?
    public var calibrationMemory: ByteCount?
    // The form of images.
    public var mean: [Float]?
    public var std: [Float]?
    public var resize: Int?
    // Scores.
    public var importance: String?
    public var reduction: ImportanceScorer.Reduction?
    public var normaliser: ImportanceScorer.Normaliser?
    public var batches: Int?
    public var criterionBatchSize: Int?
    // Transport.
    public var sourceProb: TransportOptions.MarginalKind?
    public var targetProb: TransportOptions.MarginalKind?
    public var cost: String?
    public var p: Double?
    public var costFeatures: TransportOptions.CostFeatures?
    public var target: TransportOptions.Target?
    public var clustering: String?
    public var solver: String?
    public var epsilon: Double?
    public var maxIterations: Int?

    /// The value of `calibrate` that leaves layers as the merge rule made them.
    public static let noCalibration = "none"

    /// The names of the settings.
    public enum CodingKeys: String, CodingKey, CaseIterable {
        case effort, rule, missingMoments, basis, layers, folding, allocate, ignore, roundTo, minimumWidth,
            maxSparsity,
            steps,
            schedule
        case order, calibrate, repair, images, refine, keepBatchNorms, calibrationMemory, mean, std, resize,
            importance
        case reduction, normaliser, batches, criterionBatchSize, sourceProb, targetProb, cost, p, costFeatures
        case target, clustering, solver, epsilon, maxIterations

        /// The key as written in files.
        public var snakeCasedName: String { stringValue.snakeCased }
    }

    /// Makes settings with every default.
    public init() {}

    /// Whether layers are fitted or repaired on inputs.
    public var calibrates: Bool {
        calibrate.map { $0 != Self.noCalibration } ?? (chosenEffort != .minimal)
    }

    private var chosenEffort: Effort { effort ?? PruningOptions().effort }

    /// Where the calibration inputs come from; nil if `calibrate` names a folder or a file, or is none.
    public var origin: Calibration.Origin? {
        guard let calibrate else { return .automatic }
        return Calibration.Origin.allCases.first { $0 != .images && $0.rawValue == calibrate }
    }

    /// Checks that the settings are consistent.
    ///
    /// - Parameter naming: Returns the name of a setting for error messages; by default its key in files.
    /// - Throws: `PruningError` naming those that are not, or the number that is out of range.
    public func validate(naming: (CodingKeys) -> String = { $0.snakeCasedName }) throws {
        let calibrate = naming(.calibrate)
        let repairs = repair ?? false
        guard !repairs || calibrates else {
            throw PruningError(
                "\(naming(.repair)) needs inputs: name them by \(calibrate) <folder> or <file>, or leave them to \(calibrate) auto"
            )
        }
        for (key, isSaid) in [
            (CodingKeys.images, images != nil), (.calibrationMemory, calibrationMemory != nil),
            (.keepBatchNorms, keepBatchNorms ?? false),
        ] where isSaid && !calibrates {
            throw PruningError("\(naming(key)) goes with \(calibrate): without it no inputs are looked at")
        }
        let steps = refine ?? 0
        guard (0...CalibrationRequest.mostRefinementSteps).contains(steps) else {
            throw PruningError(
                "\(naming(.refine)) must be in 0 ... \(CalibrationRequest.mostRefinementSteps), got \(steps)")
        }
        guard steps == 0 || (calibrates && !repairs) else {
            throw PruningError(
                "\(naming(.refine)) goes with \(calibrate), without \(naming(.repair)): it refines the layers that are fitted"
            )
        }
        guard (mean?.count ?? 0) == (std?.count ?? 0) else {
            throw PruningError(
                "\(naming(.mean)) and \(naming(.std)) go together, one number for each channel: got \(mean?.count ?? 0) and \(std?.count ?? 0)"
            )
        }
        try transport(seed: 0).validate()
    }

    /// The form in which image files are read.
    public func form() throws -> ImageForm {
        let normalisation =
            if let mean, let std, !mean.isEmpty { try Normalisation(mean: mean, deviation: std) } else {
                Normalisation?.none
            }
        return try ImageForm(resizedSide: resize, normalisation: normalisation)
    }

    /// Returns the options for a network.
    ///
    /// How much is removed is not among the settings: the caller adds sparsities, budgets and groups.
    /// - Parameters:
    ///   - graph: The network as it was trained.
    ///   - inputs: The calibration inputs, if they are real ones.
    ///   - samplesAtOnce: The number of samples that the network takes at a time; nil is any.
    ///   - seed: The seed of everything that draws random numbers.
    /// - Throws: `PruningError`, `CalibrationError`, `CompressionError` or `TransportError` for values out of range.
    public func options(
        for graph: Graph, calibrationImages inputs: (any CalibrationInputs)? = nil, samplesAtOnce: Int? = nil,
        seed: UInt64 = 0
    ) throws -> PruningOptions {
        try validate()
        var options = PruningOptions()
        options.effort = chosenEffort
        options.rule = rule
        options.missingMoments = missingMoments ?? options.missingMoments
        options.basis = basis
        options.layers = layers
        options.allocation = allocate
        options.ignored = ignore ?? options.ignored
        options.limits = try WidthLimits(
            multiple: roundTo ?? (chosenEffort == .minimal ? 1 : nil), minimum: minimumWidth ?? 1,
            maximumSparsity: maxSparsity)
        options.steps = steps ?? options.steps
        options.schedule = try schedule.map { try PruningSchedule(parsing: $0) } ?? options.schedule
        options.order = order ?? options.order
        options.scoring = scoring(seed: seed)
        options.calibration = try calibration(
            for: graph, inputs: inputs, samplesAtOnce: samplesAtOnce, seed: seed)
        return options
    }

    private func calibration(
        for graph: Graph, inputs: (any CalibrationInputs)?, samplesAtOnce: Int?, seed: UInt64
    ) throws -> CalibrationRequest? {
        guard calibrates else { return nil }
        let form = try form()
        var request = try CalibrationRequest(
            source: origin ?? .images, method: repair ?? false ? .repair : .leastSquares,
            images: images
                ?? inputs.map {
                    try CalibrationRequest.defaultImages(of: $0, atMost: chosenEffort.images(for: graph))
                }, seed: seed, checksum: inputs?.contentChecksum())
        request.refinementSteps = refine
        request.keepsBatchNorms = keepBatchNorms ?? false
        request.fixedBatchSize = samplesAtOnce
        request.resizedSide = form.resizedSide
        request.normalisation = form.normalisation
        if let calibrationMemory { request.memory = Int(calibrationMemory.value) }
        return request
    }

    /// How channels are scored and transported.
    public func scoring(seed: UInt64) -> ScoringOptions {
        var scoring = ScoringOptions(importance: importance)
        scoring.folding = folding ?? scoring.folding
        scoring.reduction = reduction ?? scoring.reduction
        scoring.normaliser = normaliser ?? scoring.normaliser
        scoring.transport = transport(seed: seed)
        scoring.seed = seed
        scoring.batches = batches ?? scoring.batches
        scoring.criterionBatchSize = criterionBatchSize ?? scoring.criterionBatchSize
        return scoring
    }

    private func transport(seed: UInt64) -> TransportOptions {
        var transport = TransportOptions()
        transport.p = p ?? transport.p
        transport.source = sourceProb ?? transport.source
        transport.target = targetProb ?? transport.target
        transport.targets = target ?? transport.targets
        transport.clustering = clustering ?? transport.clustering
        transport.cost = cost ?? transport.cost
        transport.costFeatures = costFeatures ?? transport.costFeatures
        transport.solver = solver ?? transport.solver
        transport.epsilon = epsilon ?? transport.epsilon
        transport.iterationLimit = maxIterations
        transport.seed = seed
        return transport
    }
}
