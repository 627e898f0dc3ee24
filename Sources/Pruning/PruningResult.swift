public import Calibration
public import Compression
public import Coupling
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
        public let sources: [ChannelMap.Consumer.Basis]?
        /// What the rule chose among, one step after the other; empty where it had no choice.
        public let candidates: [[MergeCandidate]]
        /// What the group's weights are, by their parameters' names.
        public let producers: [String]
        /// Why the group is whole; nil where it is not.
        public let reason: String?
        /// What is to be said about its channels: dead ones, equal scores, a single one that is left.
        public let notes: [String]

        /// Describes a group.
        package init(
            index: Int, width: Int, keptChannels: [Int], rule: String?, sources: [ChannelMap.Consumer.Basis]?,
            candidates: [[MergeCandidate]], producers: [String], reason: String?, notes: [String]
        ) {
            (self.index, self.width, self.keptChannels, self.rule) = (index, width, keptChannels, rule)
            (self.sources, self.candidates, self.producers) = (sources, candidates, producers)
            (self.reason, self.notes) = (reason, notes)
        }
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

    /// Describes all channels of a network that no compression may remove.
    static func frozen(_ coupling: Coupling) -> [Frozen] {
        coupling.frozen.map { frozen in
            Frozen(
                width: frozen.width, members: frozen.members.map { MemberReference($0).description },
                reason: frozen.reason)
        }
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

    /// What layers were mended on.
    public struct CalibrationSummary: Sendable, Codable, Equatable {
        /// The number of batches, those of mirrored images included.
        public let batches: Int
        /// Whether activations were given the moments that batch-norms tell.
        public let isAnchored: Bool
        /// How far what given inputs cause is from what batch-norms tell; nil where that was not compared.
        public let drift: InputDrift?
    }

    /// One of the ways of dividing what is removed among groups, and how the network did that came of it.
    public struct Contender: Sendable, Codable, Equatable {
        /// How measured errors of groups were taken to grow.
        public let growth: ErrorGrowth
        /// How far the outputs were from the original's, on inputs that no fit had seen; see `OutputDivergence`;
        /// for detectors what they get wrong, 1 - F1.
        public let divergence: Double
        /// The same before its layers were fitted.
        public let unfitted: Double
        /// How far layers went to what fits them, which did best.
        public let share: Double
        /// Whether the result came of it.
        public let isChosen: Bool
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
    /// Why channels had to stay, and which share of the parameters they take, the costliest reason first.
    public let frozenCauses: [FrozenCause]
    /// What was done to layers that were fitted on calibration inputs, in the order of the network.
    public let layers: [LayerReconstruction.Report]
    /// What was done to layers whose statistics were repaired, in the order of the network.
    public let repaired: [StatisticsRepair.Report]
    /// What refining all layers together came to; nil where that was not asked for.
    public let refinement: NetworkRefinement.Report?
    /// What layers were mended on; nil where they were not.
    public let calibration: CalibrationSummary?
    /// The ways that were tried; empty where there was one.
    public let contest: [Contender]
    /// The costs before, batch-norms folded.
    public let before: NetworkCost
    /// The costs after.
    public let after: NetworkCost
    /// What became of the budgets.
    public let outcomes: [Outcome]
    /// Seconds for everything but loading and writing.
    public let seconds: Double
}
