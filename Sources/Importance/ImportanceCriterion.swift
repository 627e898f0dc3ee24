public import Coupling
public import Graph

/// A rule that says how much a channel matters to the network.
///
/// A criterion scores each channel once per member; `ImportanceScorer` reduces the members to one score.
/// A new criterion is one file and one line in `ImportanceRegistry`.
public protocol ImportanceCriterion: Sendable {
    /// The name on the command line.
    static var name: String { get }

    /// One line about what it measures.
    static var summary: String { get }

    /// Makes the criterion from the options that all criteria share.
    init(options: ImportanceOptions) throws

    /// Returns one list of scores per member, each `[channels]` and non-negative.
    ///
    /// - Throws: `ImportanceError` where the group has nothing that the criterion could score.
    func memberScores(_ context: ImportanceContext) throws -> [[Double]]
}

/// What criteria may depend on besides the network.
public struct ImportanceOptions: Sendable, Hashable, Codable {
    /// The seed of criteria that draw random numbers.
    public var seed: UInt64

    /// Makes options.
    public init(seed: UInt64 = 0) {
        self.seed = seed
    }
}

/// A group to score, with its network.
public struct ImportanceContext: Sendable {
    /// The group.
    public let group: CoupledGroup
    /// The network, batch-norms folded.
    public let graph: Graph
    /// The group's weights, gathered once for scoring and transport.
    public let features: ChannelFeatures

    /// Makes a context.
    public init(group: CoupledGroup, graph: Graph, features: ChannelFeatures) {
        self.group = group
        self.graph = graph
        self.features = features
    }

    /// Reduces each channel's slice of each scored member (producers and consumers) to one number.
    func mapSlices(_ reduce: (UnsafeBufferPointer<Float>) -> Double) -> [[Double]] {
        let scored = features.segments.filter { $0.member.role == .producer || $0.member.role == .consumer }
        return features.values.withUnsafeBufferPointer { values in
            scored.map { segment in
                (0..<features.rows).map { row in
                    let start = row * features.columns
                    let slice = values[
                        (start + segment.columns.lowerBound)..<(start + segment.columns.upperBound)]
                    return reduce(UnsafeBufferPointer(rebasing: slice))
                }
            }
        }
    }
}

/// What keeps a group from being scored.
public struct ImportanceError: Error, Sendable, CustomStringConvertible {
    /// What was wrong.
    public let message: String

    /// Makes an error that says what was wrong.
    public init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
