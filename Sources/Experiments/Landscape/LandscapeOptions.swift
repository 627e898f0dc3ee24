public import Compression
public import Pruning

/// The options of a loss landscape: a group, how much of it is pruned, and two ways to do so.
@dynamicMemberLookup
public struct LandscapeOptions: Sendable, Equatable {
    /// The group whose weights vary.
    public var group: Int
    /// The share of its channels to prune.
    public var sparsity: Sparsity
    /// The two merge rules in the plane beside the original.
    public var rules: [String]
    /// The number of grid points along each axis.
    public var gridSize: Int
    /// How far the grid extends beyond the three networks, as a share of their largest distance along an
    /// axis.
    public var margin: Double
    /// How channels are scored and transported; its properties are properties of these options.
    public var scoring: ScoringOptions

    /// The rules of the paper's pictures.
    public static let defaultRules = [DeletionRule.name, ReferenceRule.name]

    /// Makes options; the defaults are the paper's.
    public init(
        group: Int, sparsity: Sparsity, rules: [String] = LandscapeOptions.defaultRules, gridSize: Int = 25,
        margin: Double = 0.3, scoring: ScoringOptions = ScoringOptions()
    ) {
        self.group = group
        self.sparsity = sparsity
        self.rules = rules
        self.gridSize = gridSize
        self.margin = margin
        self.scoring = scoring
    }

    public subscript<Value>(dynamicMember path: WritableKeyPath<ScoringOptions, Value>) -> Value {
        get { scoring[keyPath: path] }
        set { scoring[keyPath: path] = newValue }
    }
}
