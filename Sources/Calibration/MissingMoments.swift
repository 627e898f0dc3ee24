/// The source of activation moments that no batch-norm holds.
public enum MissingMoments: String, Sendable, Codable, CaseIterable {
    /// Synthetic inputs for networks that take images or other numbers; none for those that take tokens.
    case automatic
    /// None: merges use the weights.
    case weights
    /// Moments propagated from normalised inputs.
    case propagation
    /// Means and deviations measured on synthetic inputs.
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
