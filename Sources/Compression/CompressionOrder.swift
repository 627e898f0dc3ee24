/// The order in which the groups of a network are compressed.
public enum CompressionOrder: String, Sendable, Codable, CaseIterable {
    /// All at once: every group is scored and merged in the original network.
    case simultaneous
    /// From the output to the input, each on the result of the previous ones, as the published code does.
    case backward
    /// From the input to the output, each on the result of the previous ones.
    case forward

    /// One line about what it does.
    public var summary: String {
        switch self {
        case .simultaneous: "all at once, each scored and merged in the original network"
        case .backward:
            "from the output to the input, each on the result of the previous ones, as in the paper"
        case .forward: "from the input to the output, each on the result of the previous ones"
        }
    }
}
