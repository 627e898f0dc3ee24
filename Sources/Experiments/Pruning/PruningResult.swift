public import Compression
public import Graph

/// What became of a network.
public struct PruningResult: Sendable {
    /// One coupled group.
    public struct Group: Sendable, Codable, Equatable {
        /// The group's index.
        public let index: Int
        /// The channels before.
        public let width: Int
        /// The channels after, by their places before.
        public let keptChannels: [Int]
        /// The merge rule; nil where nothing was merged.
        public let rule: String?
        /// What the consumers' maps were derived from, each source once; nil where nothing was merged.
        public let sources: [ChannelMap.Consumer.Source]?
        /// What the group's weights are, by their parameters' names.
        public let producers: [String]
        /// Why the group is whole; nil where it is not.
        public let reason: String?
    }

    /// Channels that no compression may remove.
    public struct Frozen: Sendable, Codable, Equatable {
        /// The number of channels.
        public let width: Int
        /// The parameter axes on which they are.
        public let members: [String]
        /// What keeps them.
        public let reason: String
    }

    /// What a budget came to.
    public struct Outcome: Sendable, Codable, Equatable {
        /// What was asked for.
        public let budget: Budget
        /// The greatest share of the dense network's cost.
        public let asked: Double
        /// The share that was reached.
        public let reached: Double
    }

    /// The options with every default resolved.
    public let options: PruningOptions
    /// The compressed network, batch-norms folded.
    public let graph: Graph
    /// The network before, batch-norms folded.
    public let dense: Graph
    /// What was done, one step after the other.
    public let rounds: [CompressionPlan]
    /// All groups.
    public let groups: [Group]
    /// All channels that had to stay.
    public let frozen: [Frozen]
    /// What was done to layers that were fitted on calibration inputs, in the order of the network.
    public let layers: [LayerReconstruction.Report]
    /// The costs before, batch-norms folded.
    public let before: NetworkCost
    /// The costs after.
    public let after: NetworkCost
    /// What became of the budgets.
    public let outcomes: [Outcome]
    /// Seconds for everything but loading and writing.
    public let seconds: Double
}
