public import Compression
public import Importance

/// What a sweep compares.
public struct SweepOptions: Sendable, Codable, Equatable {
    /// The groups, one pruned at a time; nil is all.
    public var groups: [Int]?
    /// The shares of channels to remove.
    public var sparsities: [Sparsity]
    /// The merge rules that are compared with deletion.
    public var rules: [String]
    /// How batch-norms are folded first.
    public var folding: BatchNormFolding
    /// The importance criterion.
    public var importance: String
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
    /// Only the first samples of the test set count; nil is all.
    public var samples: Int?
    /// How many samples run at a time.
    public var batchSize: Int

    /// Makes options; the defaults are the paper's.
    public init(
        groups: [Int]? = nil, sparsities: [Sparsity], rules: [String] = ["reference", "norm_preserving"],
        folding: BatchNormFolding = .exact, importance: String = "l1",
        reduction: ImportanceScorer.Reduction = .mean,
        normaliser: ImportanceScorer.Normaliser = .mean, transport: TransportOptions = TransportOptions(),
        seed: UInt64 = 0, batches: Int = 5, criterionBatchSize: Int = 128, samples: Int? = nil,
        batchSize: Int = 250
    ) {
        self.groups = groups
        self.sparsities = sparsities
        self.rules = rules
        self.folding = folding
        self.importance = importance
        self.reduction = reduction
        self.normaliser = normaliser
        self.transport = transport
        self.seed = seed
        self.batches = batches
        self.criterionBatchSize = criterionBatchSize
        self.samples = samples
        self.batchSize = batchSize
    }
}
