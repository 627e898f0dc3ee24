public import Graph

/// A trained network, and how the training went.
public struct TrainingResult: Sendable {
    /// The result of one epoch.
    public struct Epoch: Sendable, Hashable, Codable {
        /// The mean loss over all batches.
        public let loss: Double
        /// The share of test images that are classified correctly; nil without test images.
        public let testAccuracy: Double?
    }

    /// The network with its new parameters and running statistics.
    public let graph: Graph
    /// The complete epochs, in order.
    public let epochs: [Epoch]
    /// Whether it was cancelled before the last epoch ended.
    public let wasCancelled: Bool
    /// The options, resolved.
    public let options: TrainingOptions
}
