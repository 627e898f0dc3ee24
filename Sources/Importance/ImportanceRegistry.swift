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
    /// - Throws: `ImportanceError` listing the names there are.
    public static func criterion(
        named name: String, options: ImportanceOptions = ImportanceOptions()
    ) throws -> any ImportanceCriterion {
        try type(named: name).init(options: options)
    }

    /// Returns whether a criterion looks at labelled images.
    ///
    /// - Throws: `ImportanceError` listing the names there are.
    public static func needsImages(_ name: String) throws -> Bool { try type(named: name).needsImages }

    /// Returns whether a criterion draws random numbers.
    ///
    /// - Throws: `ImportanceError` listing the names there are.
    public static func usesSeed(_ name: String) throws -> Bool { try type(named: name).usesSeed }

    /// Makes a scorer with everything that its criterion looks at.
    ///
    /// - Parameters:
    ///   - name: The criterion.
    ///   - options: The seed, and how many images are looked at.
    ///   - reduction: How the scores of a channel's members become one.
    ///   - normaliser: How a group's scores are scaled.
    ///   - images: Labelled training images; they may be nil for criteria that look at none.
    ///   - samplesAtOnce: How many of them the network takes at a time; nil is any number.
    ///   - network: The network at first, whose moments serve after changes too; nil is the one that is scored.
    ///   - device: Where the network runs on the images.
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
