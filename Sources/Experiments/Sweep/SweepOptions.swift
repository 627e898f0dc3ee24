public import Compression
internal import Graph
public import Pruning

/// The options of a sweep.
@dynamicMemberLookup
public struct SweepOptions: Sendable, Equatable {
    /// The groups, one pruned at a time; nil is all.
    public var groups: [Int]?
    /// The sparsities.
    public var sparsities: [Sparsity]
    /// The merge rules to compare with deletion.
    public var rules: [String]
    /// How channels are scored and transported; its properties are properties of these options.
    public var scoring: ScoringOptions
    /// The number of test samples to evaluate; nil is all.
    public var samples: Int?
    /// The number of samples per run.
    public var batchSize: Int

    /// Makes options; the defaults are the paper's.
    public init(
        groups: [Int]? = nil, sparsities: [Sparsity], rules: [String] = ["reference", "norm_preserving"],
        scoring: ScoringOptions = ScoringOptions(), samples: Int? = nil, batchSize: Int = 250
    ) {
        self.groups = groups
        self.sparsities = sparsities
        self.rules = rules
        self.scoring = scoring
        self.samples = samples
        self.batchSize = batchSize
    }

    public subscript<Value>(dynamicMember path: WritableKeyPath<ScoringOptions, Value>) -> Value {
        get { scoring[keyPath: path] }
        set { scoring[keyPath: path] = newValue }
    }
}
