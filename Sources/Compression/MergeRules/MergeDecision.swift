/// The result of a merge rule.
public struct MergeDecision: Sendable, Equatable {
    /// The map.
    public let map: ChannelMap
    /// The candidates in the order in which the rule looked at them; empty for a rule with one way only.
    public let candidates: [MergeCandidate]

    /// Takes a map and the candidates it was chosen from.
    public init(map: ChannelMap, candidates: [MergeCandidate] = []) {
        self.map = map
        self.candidates = candidates
    }
}
