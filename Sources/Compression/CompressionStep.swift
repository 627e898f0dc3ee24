internal import Analysis
public import Coupling
public import Graph

/// What happens to one group: which channels are kept, and how the others are merged into them.
public struct CompressionStep: Sendable, Codable, Equatable {
    /// The group's index in the network for which the step was made.
    public let group: Int
    /// The group's members, which identify it: the step fits no other group.
    public let members: [MemberReference]
    /// The merge rule's name.
    public let rule: String
    /// One importance score per channel.
    public let scores: [Double]
    /// The map.
    public let map: ChannelMap
    /// The candidates the rule chose from; nil if it had no choice, or if the plan does not record them.
    public let candidates: [MergeCandidate]?

    /// Makes a step.
    public init(
        group: Int, members: [MemberReference], rule: String, scores: [Double], map: ChannelMap,
        candidates: [MergeCandidate]? = nil
    ) {
        self.candidates = candidates
        self.group = group
        self.members = members
        self.rule = rule
        self.scores = scores
        self.map = map
    }

    /// Returns the graph after this step.
    ///
    /// The weights may differ from those the step was made for; the group's wiring and width may not.
    /// - Throws: `CompressionError` or `CouplingError` if the step does not fit the graph.
    public func applied(to graph: Graph) throws -> Graph {
        let network = try AnalysedNetwork(graph)
        return try network.applying(map, to: network.coupling.group(of: members))
    }
}
