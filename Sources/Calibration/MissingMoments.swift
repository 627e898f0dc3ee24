/// What stands in for the moments of activations that no batch-norm tells.
public enum MissingMoments: String, Sendable, Codable, CaseIterable {
    /// What made-up inputs cause, where the network takes images or other numbers; nothing where it takes tokens.
    case automatic
    /// Nothing: merges go by the weights.
    case weights
    /// Moments that are propagated from normalised inputs.
    case propagation
    /// Means and deviations that made-up inputs cause.
    case synthetic

    /// One line about what it does.
    public var summary: String {
        switch self {
        case .automatic: "synthetic for networks of images and other numbers, weights for those of tokens"
        case .weights: "none: merges use the weights alone"
        case .propagation: "moments propagated through the network from normalised inputs"
        case .synthetic: "means and deviations on synthetic inputs"
        }
    }
}
