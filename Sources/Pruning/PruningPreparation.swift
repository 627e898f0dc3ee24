internal import Analysis
internal import Calibration
internal import Compression
internal import Coupling
internal import Datasets
internal import Importance
internal import Torch

/// What pruning a network needs before any channel is removed, whatever the widths: inputs, moments and a scorer.
struct PruningPreparation: Sendable {
    /// The network with the moments of its activations, measured or on synthetic inputs if batch-norms do not suffice.
    let network: AnalysedNetwork
    /// The changes of bases that the network differs by from the given one, which computes the same.
    let bases: [BasisChange]
    /// The groups whose channels are principal ones, by their indices.
    let principal: Set<Int>
    /// The inputs on which layers are fitted; nil is none.
    let calibration: Calibration?
    /// How far they are from the training inputs; nil if unknown.
    let drift: InputDrift?
    let scorer: ImportanceScorer
    /// Given inputs without labels; nil if there are none.
    let calibrationImages: (any CalibrationInputs)?
    /// The number of images that the network takes at a time; nil is any.
    let samplesAtOnce: Int?
    /// Batches of inputs on which groups are measured, if the allocation does so; the moments do not include them.
    let measuring: [[Tensor]]
    /// The inputs on which competing networks are fitted and compared; nil if nothing is measured.
    let rivalry: (fitting: Calibration, comparing: [[Tensor]])?
    /// The measurements of groups in the uncompressed network; they do not depend on how much is removed.
    let measuredErrors = MeasuredErrors.Known()

    /// The share of the inputs on which groups are measured.
    private static let measuredShare = 0.25
    /// The number of synthetic inputs on which groups are measured if no layers are fitted.
    private static let measuredImages = 32

    /// Collects inputs, measures activations, and makes the scorer.
    ///
    /// - Parameters:
    ///   - network: The network, with its batch-norms' statistics.
    ///   - options: The options with every default resolved.
    ///   - trainingImages: Images for criteria that need them; nil if none does.
    ///   - calibrationImages: Inputs without labels, if the options request calibration on such.
    ///   - samplesAtOnce: The number of images that the network takes at a time; nil is any.
    ///   - selected: The groups that may lose channels, by their indices.
    ///   - device: Where networks run.
    ///   - report: Called with the stage and the share of it that is done.
    init(
        _ network: AnalysedNetwork, options: PruningOptions, trainingImages: ImageDataset?,
        calibrationImages: (any CalibrationInputs)?, samplesAtOnce: Int?, selected: Set<Int>, device: Device,
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
        let network = try Self.rebased(
            network, options, on: fitted, selected, device: device, report: report)
        bases = network.bases
        principal = network.groups
        // Activations on real or inverted inputs are more accurate than batch-norms; those on synthetic ones are less.
        let moments =
            if let fitted, fitted.origin != .synthetic {
                try MeasuredMoments(on: fitted, of: network.network, seed: options.seed)
                    .moments(adding: network.network.moments()) { try report("measuring activations", $0) }
            } else {
                try options.missingMoments.completing(
                    network.network, samplesAtOnce: samplesAtOnce, seed: options.seed)
            }
        self.network = AnalysedNetwork(network.network, moments: moments)
        scorer = try options.scoring.scorer(
            of: self.network, images: trainingImages, samplesAtOnce: samplesAtOnce, device: device)
    }

    /// The network in the bases of its principal channels, if the options ask for them.
    private static func rebased(
        _ network: AnalysedNetwork, _ options: PruningOptions, on calibration: Calibration?,
        _ selected: Set<Int>,
        device: Device, report: (String, Double) throws -> Void
    ) throws -> (network: AnalysedNetwork, bases: [BasisChange], groups: Set<Int>) {
        // Statistics of batch-norms that inputs are scaled to are those of the given channels.
        guard options.basis == .principal, let calibration, !calibration.isAnchored else {
            return (network, [], [])
        }
        let found = try PrincipalChannels(
            on: calibration, of: network, dividing: options.calibration?.fixedBatchSize == nil,
            seed: options.seed
        ).bases(of: selected) { try report("finding principal channels", $0) }
        guard !found.isEmpty else { return (network, [], []) }
        let changes = found.map(\.change)
        let graph = try network.changing(changes)
        let sample =
            try options.calibration?.fixedBatchSize == nil ? calibration.sample() : calibration.batches()[0]
        guard try NetworkCheck.areAlike(network.graph, graph, on: sample, device: device) else {
            return (network, [], [])
        }
        var shares: [Int: [Double]] = [:]
        for (group, change) in found {
            shares[group] = shares[group].map { zip($0, change.shares).map { $0 + $1 } } ?? change.shares
        }
        let rebased = try network.rebased(graph, groups: Set(shares.keys))
        let moments = try shares.reduce(rebased.moments()) {
            $0.adding(shares: $1.value, of: try network.coupling.group($1.key))
        }
        return (AnalysedNetwork(rebased, moments: moments), changes, Set(shares.keys))
    }
}
