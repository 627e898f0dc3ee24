public import Calibration
public import Compression
public import Coupling
public import Graph

/// The result of pruning a network.
public struct PruningResult: Sendable {
    /// One coupled group.
    public struct Group: Sendable, Codable, Equatable {
        /// The group's index.
        public let index: Int
        /// The number of channels before.
        public let width: Int
        /// The kept channels, by their positions before.
        public let keptChannels: [Int]
        /// The merge rule; nil if nothing was merged.
        public let rule: String?
        /// The bases of the consumers' maps, each once; nil if nothing was merged.
        public let sources: [ChannelMap.Consumer.Basis]?
        /// The candidates that the rule chose from, one list per step; empty if it had no choice.
        public let candidates: [[MergeCandidate]]
        /// The names of the parameters that produce the group.
        public let producers: [String]
        /// Why the group is whole; nil if it is not.
        public let reason: String?
        /// Remarks about its channels: dead ones, equal scores, a single one that is kept.
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

    /// Channels that go without loss, as far as inputs show.
    public struct Spare: Sendable, Codable, Equatable {
        /// Their number.
        public let channels: Int
        /// The share of the parameters that goes with them.
        public let parameters: Double
        /// The share of the multiply-accumulates that goes with them.
        public let multiplyAccumulates: Double
    }

    /// A layer that is the product of two now.
    public struct Factored: Sendable, Codable, Equatable {
        /// The name of its weight.
        public let weight: String
        /// The number of its outputs.
        public let outputs: Int
        /// The number of channels between the two layers.
        public let rank: Int
        /// What both take of the product's parameters.
        public let share: Double
    }

    /// Channels that no compression may remove.
    public struct Frozen: Sendable, Codable, Equatable {
        /// The number of channels.
        public let width: Int
        /// The parameter axes on which they occur.
        public let members: [String]
        /// Why they are frozen.
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

    /// How a budget was met.
    public struct Outcome: Sendable, Codable, Equatable {
        /// The budget.
        public let budget: Budget
        /// The allowed share of the dense network's cost.
        public let asked: Double
        /// The share that was reached.
        public let reached: Double
    }

    /// The inputs on which layers were fitted or repaired.
    public struct CalibrationSummary: Sendable, Codable, Equatable {
        /// The number of batches, including mirrored images.
        public let batches: Int
        /// Whether activations were scaled and shifted to the moments that batch-norms hold.
        public let isAnchored: Bool
        /// How far activations on given inputs are from batch-norms' statistics; nil if that was not compared.
        public let drift: InputDrift?
    }

    /// One of the competing allocations, and how the resulting network performed.
    public struct Contender: Sendable, Codable, Equatable {
        /// The assumed growth of groups' measured errors.
        public let growth: ErrorGrowth
        /// The divergence of the outputs from the original's on held-out inputs; see `OutputDivergence`; for detectors
        /// the share that is wrong, 1 - F1.
        public let divergence: Double
        /// The same before its layers were fitted.
        public let unfitted: Double
        /// The best share of the way from the merge rule's weights to the fitted ones.
        public let share: Double
        /// Whether it gave the result.
        public let isChosen: Bool
    }

    /// The options with every default resolved.
    public let options: PruningOptions
    /// The compressed network, batch-norms folded.
    public let graph: Graph
    /// The network before compression, batch-norms folded.
    public let dense: Graph
    /// The changes of bases before the first step.
    public let bases: [BasisChange]
    /// The steps in order.
    public let rounds: [CompressionPlan]
    /// All groups.
    public let groups: [Group]
    /// What goes without loss; nil if nothing is known to.
    public let spare: Spare?
    /// The layers that are products of two now, in the order of the network.
    public let factored: [Factored]
    /// All frozen channels.
    public let frozen: [Frozen]
    /// Why channels are frozen, and the share of the parameters that they take, costliest reason first.
    public let frozenCauses: [FrozenCause]
    /// The fits of layers on calibration inputs, in the order of the network.
    public let layers: [LayerReconstruction.Report]
    /// The repairs of layers' statistics, in the order of the network.
    public let repaired: [StatisticsRepair.Report]
    /// The refinement of all layers together; nil if it was not requested.
    public let refinement: NetworkRefinement.Report?
    /// The inputs on which layers were fitted or repaired; nil if they were not.
    public let calibration: CalibrationSummary?
    /// The allocations that were tried, each once if several gave the same widths; empty if there was only one to try.
    public let contest: [Contender]
    /// The costs before, batch-norms folded.
    public let before: NetworkCost
    /// The costs after.
    public let after: NetworkCost
    /// How the budgets were met.
    public let outcomes: [Outcome]
    /// The seconds for everything except loading and writing.
    public let seconds: Double
}
