internal import Analysis
internal import Calibration
internal import Compression
internal import Datasets
internal import Importance
internal import Torch

/// What pruning a network needs before the first channel goes, whatever the widths: inputs, moments, and what scores channels.
struct PruningPreparation: Sendable {
    /// The network with what is known of its activations, measured or made up where batch-norms tell too little.
    let network: AnalysedNetwork
    /// The inputs on which layers are fitted; nil is none.
    let calibration: Calibration?
    /// How far these are from what the network was trained on; nil where that is not known.
    let drift: InputDrift?
    let scorer: ImportanceScorer
    /// Inputs without labels that were given; nil where none were.
    let calibrationImages: (any CalibrationInputs)?
    /// How many images the network takes at a time; nil is any number.
    let samplesAtOnce: Int?
    /// Batches of inputs on which groups are measured, where the allocation asks for that; the moments do not know them.
    let measuring: [[Tensor]]
    /// The inputs on which what competes is fitted and compared; nil where nothing is measured.
    let rivalry: (fitting: Calibration, comparing: [[Tensor]])?
    /// What was measured of groups, the network being as it was at first; it does not depend on how much goes.
    let measuredErrors = MeasuredErrors.Known()

    /// The share of the inputs on which groups are measured.
    private static let measuredShare = 0.25
    /// How many made-up inputs groups are measured on where no layer is fitted on any.
    private static let measuredImages = 32

    /// Gathers inputs, measures what they cause, and makes the scorer.
    ///
    /// - Parameters:
    ///   - network: The network, of which its batch-norms tell.
    ///   - options: What is asked for, every default resolved.
    ///   - trainingImages: What criteria look at that need images; nil where none does.
    ///   - calibrationImages: Inputs without labels, where the options ask for calibration on such.
    ///   - samplesAtOnce: How many images the network takes at a time; nil is any number.
    ///   - device: Where networks run.
    ///   - report: Called with the stage and the share of it that is done.
    init(
        _ network: AnalysedNetwork, options: PruningOptions, trainingImages: ImageDataset?,
        calibrationImages: (any CalibrationInputs)?, samplesAtOnce: Int?, device: Device,
        report: (String, Double) throws -> Void
    ) throws {
        self.calibrationImages = calibrationImages
        self.samplesAtOnce = samplesAtOnce
        if options.calibration != nil { try network.requireFiniteWeights() }
        calibration = try options.calibration?.calibration(
            for: network, images: calibrationImages, report: report)
        drift =
            try calibration?.origin == .images
            ? calibration.flatMap { try InputDrift(of: $0, in: network) } : nil
        var fitted = calibration
        var measuring: [[Tensor]] = []
        var rivalry: (fitting: Calibration, comparing: [[Tensor]])?
        let competes = options.sparsity != nil || !options.budgets.isEmpty
        if competes,
            try type(of: AllocationRegistry.allocation(named: options.chosenAllocation)).measuresErrors
        {
            if let calibration, let request = options.calibration {
                let division = try request.divided(calibration, holding: Self.measuredShare, for: network)
                (fitted, measuring) = (division.choosing, division.measuring)
                rivalry = (division.fitting, division.comparing)
            } else {
                var request = try CalibrationRequest(
                    source: .synthetic, images: Self.measuredImages, seed: options.seed)
                request.fixedBatchSize = samplesAtOnce
                measuring = try request.calibration(for: network, images: nil).batches()
            }
        }
        self.measuring = measuring
        self.rivalry = rivalry
        // Real activations tell more than batch-norms do, and so do those that the network asks for; others less.
        let moments =
            if let fitted, fitted.origin != .synthetic {
                try MeasuredMoments(on: fitted, of: network, seed: options.seed)
                    .moments(adding: network.moments()) { try report("measuring activations", $0) }
            } else {
                try options.missingMoments.completing(
                    network, samplesAtOnce: samplesAtOnce, seed: options.seed)
            }
        self.network = AnalysedNetwork(network, moments: moments)
        scorer = try options.scoring.scorer(
            of: self.network, images: trainingImages, samplesAtOnce: samplesAtOnce, device: device)
    }
}
