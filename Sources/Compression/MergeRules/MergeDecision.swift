/// What a merge rule came to.
public struct MergeDecision: Sendable, Equatable {
    /// The map.
    public let map: ChannelMap
    /// What the rule chose among, in the order in which it looked; empty where a rule has one way only.
    public let candidates: [MergeCandidate]

    /// Takes a map, and what it was chosen among.
    public init(map: ChannelMap, candidates: [MergeCandidate] = []) {
        self.map = map
        self.candidates = candidates
    }
}
