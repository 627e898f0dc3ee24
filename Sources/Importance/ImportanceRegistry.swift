public import Analysis
public import Datasets
internal import Registries
public import Torch

/// The importance criteria by name.
public enum ImportanceRegistry {
    private static let registry = Registry<any ImportanceCriterion.Type>(
        of: "importance criterion",
        [
            L1Importance.self,
            L2Importance.self,
            LInfinityImportance.self,
            TaylorImportance.self,
            TaylorMultivariableImportance.self,
            FisherImportance.self,
            LampImportance.self,
            ChipImportance.self,
            BatchNormScaleImportance.self,
            FPGMImportance.self,
            ActivationImportance.self,
            OutputErrorImportance.self,
            RandomImportance.self,
        ]
    ) { $0.name }

    /// All criteria; the first is the default.
    public static var criteria: [any ImportanceCriterion.Type] { registry.entries }

    /// The names in order.
    public static var names: [String] { registry.names }

    /// Makes a criterion.
    ///
    /// - Throws: `ImportanceError` listing the known names.
    public static func criterion(
        named name: String, options: ImportanceOptions = ImportanceOptions()
    ) throws -> any ImportanceCriterion {
        try type(named: name).init(options: options)
    }

    /// Returns whether a criterion needs labelled images.
    ///
    /// - Throws: `ImportanceError` listing the known names.
    public static func needsImages(_ name: String) throws -> Bool { try type(named: name).needsImages }

    /// Returns whether a criterion draws random numbers.
    ///
    /// - Throws: `ImportanceError` listing the known names.
    public static func usesSeed(_ name: String) throws -> Bool { try type(named: name).usesSeed }

    /// Makes a scorer with all that its criterion needs.
    ///
    /// - Parameters:
    ///   - name: The criterion.
    ///   - options: The seed and the number of images.
    ///   - reduction: How the scores of a channel's members become one.
    ///   - normaliser: How a group's scores are scaled.
    ///   - images: Labelled training images; may be nil for criteria that need none.
    ///   - samplesAtOnce: How many of them the network takes at a time; nil is any number.
    ///   - network: The original network, whose moments are used even after changes; nil is the scored one.
    ///   - device: The device.
    /// - Throws: `ImportanceError` for an unknown name, or images that are missing or too few.
    public static func scorer(
        named name: String, options: ImportanceOptions = ImportanceOptions(),
        reduction: ImportanceScorer.Reduction = .mean, normaliser: ImportanceScorer.Normaliser = .mean,
        images: ImageDataset? = nil, samplesAtOnce: Int? = nil, network: AnalysedNetwork? = nil,
        device: Device = .cpu
    ) throws -> ImportanceScorer {
        let type = try type(named: name)
        try ScoringImages.check(batches: options.batches, batchSize: options.batchSize)
        var scoringImages: ScoringImages?
        if type.needsImages {
            guard let images else { throw ImportanceError.noImages(for: type) }
            scoringImages = try ScoringImages(
                images, batches: options.batches, batchSize: options.batchSize,
                samplesAtOnce: samplesAtOnce, device: device)
        }
        return ImportanceScorer(
            try type.init(options: options), reduction: reduction, normaliser: normaliser,
            statistics: NetworkStatistics(images: scoringImages, network: network))
    }

    private static func type(named name: String) throws -> any ImportanceCriterion.Type {
        try registry.entry(named: name) { ImportanceError("\($0)") }
    }
}
