public import Analysis
public import Compression
package import Datasets
internal import Graph
public import Importance
package import Torch

/// How the channels of a network are scored and how their transport is posed: what every experiment shares.
///
/// The options of experiments hold one and are stored with its fields beside their own.
public struct ScoringOptions: Sendable, Codable, Equatable {
    /// How batch-norms are folded first.
    public var folding: BatchNormFolding
    /// The importance criterion; nil is the one that suits the experiment.
    public var importance: String?
    /// How the scores of a channel's members become one.
    public var reduction: ImportanceScorer.Reduction
    /// How a group's scores are scaled.
    public var normaliser: ImportanceScorer.Normaliser
    /// How the transport is posed.
    public var transport: TransportOptions
    /// The seed of criteria that draw random numbers.
    public var seed: UInt64
    /// How many batches of training images criteria look at that need any.
    public var batches: Int
    /// How many images are in such a batch.
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

    /// The criterion that is meant: the paper's where none is named.
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
