public import Analysis
public import Coupling

/// A measure of how much a channel matters to the network.
///
/// A criterion scores each channel once per member; `ImportanceScorer` reduces the members to one score.
/// A new criterion is one file, and one line in `ImportanceRegistry`.
public protocol ImportanceCriterion: Sendable {
    /// The name on the command line.
    static var name: String { get }

    /// One line about what it measures.
    static var summary: String { get }

    /// Whether it needs labelled images.
    static var needsImages: Bool { get }

    /// Whether it draws random numbers.
    static var usesSeed: Bool { get }

    /// Makes the criterion from the options that all criteria share.
    init(options: ImportanceOptions) throws

    /// Returns one list of scores per member, each `[channels]` and non-negative.
    ///
    /// - Throws: `ImportanceError` if the group has nothing that the criterion could score.
    func memberScores(_ context: ImportanceContext) throws -> [[Double]]

    /// Returns the reasons why some groups cannot be scored, by their indices.
    ///
    /// These groups stay whole when all groups are pruned. The default is none.
    func obstacles(
        to groups: [CoupledGroup], in network: AnalysedNetwork, statistics: NetworkStatistics
    ) throws -> [Int: String]

    /// Turns the reduced scores of the members, `[channels]`, into the final ones.
    ///
    /// The default returns them unchanged.
    func channelScores(_ reduced: [Double]) -> [Double]
}

extension ImportanceCriterion {
    public static var needsImages: Bool { false }
    public static var usesSeed: Bool { false }
    public func obstacles(
        to groups: [CoupledGroup], in network: AnalysedNetwork, statistics: NetworkStatistics
    ) throws -> [Int: String] { [:] }
    public func channelScores(_ reduced: [Double]) -> [Double] { reduced }
}
