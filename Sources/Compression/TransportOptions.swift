/// How the transport between a group's channels and the survivors is posed.
public struct TransportOptions: Sendable, Hashable, Codable {
    /// How mass is spread over channels.
    public enum MarginalKind: String, Sendable, Codable, CaseIterable {
        /// The same for each.
        case uniform
        /// In proportion to the importance scores.
        case importance
    }

    /// What the channels are transported to.
    public enum Target: String, Sendable, Codable, CaseIterable {
        /// The most important channels themselves.
        case mostImportant = "most_important"
    }

    /// The exponent of the ground cost's norm.
    public var p: Double
    /// The mass of the channels.
    public var source: MarginalKind
    /// The mass of the survivors.
    public var target: MarginalKind
    /// The survivors.
    public var targets: Target

    /// Makes options; the defaults are the paper's.
    public init(
        p: Double = 1, source: MarginalKind = .uniform, target: MarginalKind = .uniform,
        targets: Target = .mostImportant
    ) {
        self.p = p
        self.source = source
        self.target = target
        self.targets = targets
    }
}
