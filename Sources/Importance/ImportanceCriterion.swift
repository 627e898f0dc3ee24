public import Analysis
public import Coupling

/// A rule that says how much a channel matters to the network.
///
/// A criterion scores each channel once per member; `ImportanceScorer` reduces the members to one score.
/// A new criterion is one file and one line in `ImportanceRegistry`.
public protocol ImportanceCriterion: Sendable {
    /// The name on the command line.
    static var name: String { get }

    /// One line about what it measures.
    static var summary: String { get }

    /// Whether it looks at labelled images; they must then be given beforehand.
    static var needsImages: Bool { get }

    /// Whether it draws random numbers.
    static var usesSeed: Bool { get }

    /// Makes the criterion from the options that all criteria share.
    init(options: ImportanceOptions) throws

    /// Returns one list of scores per member, each `[channels]` and non-negative.
    ///
    /// - Throws: `ImportanceError` where the group has nothing that the criterion could score.
    func memberScores(_ context: ImportanceContext) throws -> [[Double]]

    /// Says why groups cannot be scored that lack what the criterion goes by, by their indices.
    ///
    /// Where all groups of a network may lose channels, these stay whole. The default names none.
    func obstacles(
        to groups: [CoupledGroup], in network: AnalysedNetwork, statistics: NetworkStatistics
    ) throws -> [Int: String]

    /// Turns the scores that the members were reduced to, `[channels]`, into the final ones.
    ///
    /// The default leaves them as they are.
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
