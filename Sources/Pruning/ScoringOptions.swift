public import Analysis
public import Compression
package import Datasets
internal import Graph
public import Importance
package import Torch

/// How a network's channels are scored and the transport is posed: what all experiments share.
///
/// The options of experiments contain one, and its fields are stored beside their own.
public struct ScoringOptions: Sendable, Codable, Equatable {
    /// How batch-norms are folded.
    public var folding: BatchNormFolding
    /// The importance criterion; nil is the one that suits the experiment.
    public var importance: String?
    /// How the scores of a channel's members are combined.
    public var reduction: ImportanceScorer.Reduction
    /// How a group's scores are scaled.
    public var normaliser: ImportanceScorer.Normaliser
    /// How the transport is posed.
    public var transport: TransportOptions
    /// The seed of criteria that draw random numbers.
    public var seed: UInt64
    /// The number of batches of training images for criteria that need them.
    public var batches: Int
    /// The number of images in such a batch.
    public var criterionBatchSize: Int

    /// Makes options; the defaults are the paper's.
    public init(
        folding: BatchNormFolding = .exact, importance: String? = nil,
        reduction: ImportanceScorer.Reduction = .mean, normaliser: ImportanceScorer.Normaliser = .mean,
        transport: TransportOptions = TransportOptions(), seed: UInt64 = 0, batches: Int = 5,
        criterionBatchSize: Int = 128
    ) {
        self.folding = folding
        self.importance = importance
        self.reduction = reduction
        self.normaliser = normaliser
        self.transport = transport
        self.seed = seed
        self.batches = batches
        self.criterionBatchSize = criterionBatchSize
    }

    /// The resolved criterion: the paper's if none is named.
    public var criterion: String { importance ?? L1Importance.name }

    /// Makes the scorer; see `ImportanceRegistry.scorer`.
    package func scorer(
        of network: AnalysedNetwork, images: ImageDataset?, samplesAtOnce: Int?, device: Device
    ) throws -> ImportanceScorer {
        try ImportanceRegistry.scorer(
            named: criterion,
            options: ImportanceOptions(seed: seed, batches: batches, batchSize: criterionBatchSize),
            reduction: reduction, normaliser: normaliser, images: images, samplesAtOnce: samplesAtOnce,
            network: network, device: device)
    }
}
