/// The channels among which those that go are chosen, where only linear layers lie between what makes and what reads them.
public enum ChannelBasis: String, Sendable, Codable, CaseIterable {
    /// The network's own.
    case given
    /// Their principal combinations, of which the last can go at the least loss; see `PrincipalChannels`.
    case principal

    /// One line about it.
    public var summary: String {
        switch self {
        case .given: "the network's own channels"
        case .principal:
            "principal combinations of the channels that only linear layers read, in attentions' heads and where blocks without an activation at their end add up"
        }
    }
}
