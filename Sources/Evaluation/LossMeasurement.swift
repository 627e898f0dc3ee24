/// The loss and the accuracy of a network on labelled samples.
public struct LossMeasurement: Sendable, Hashable, Codable {
    /// The mean cross-entropy in nats, the -log of the probability of a sample's label; nil if it is not
    /// finite.
    public let loss: Double?
    /// The number of samples classified correctly.
    public let accuracy: Accuracy

    /// Makes a measurement; a loss that is not finite counts as none.
    public init(loss: Double?, accuracy: Accuracy) {
        self.loss = loss.flatMap { $0.isFinite ? $0 : nil }
        self.accuracy = accuracy
    }
}
