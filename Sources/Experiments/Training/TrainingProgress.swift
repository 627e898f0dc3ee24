/// The state of a training after a batch. Epochs and batches count from 1.
public struct TrainingProgress: Sendable, Hashable {
    /// The epoch.
    public let epoch: Int
    /// The number of epochs.
    public let epochs: Int
    /// The batch within the epoch.
    public let batch: Int
    /// The number of batches in an epoch.
    public let batches: Int
    /// The mean loss over the batch, before the step.
    public let loss: Double
    /// The learning rate of the step.
    public let learningRate: Double
    /// The number of images per second since the training started, evaluation included.
    public let imagesPerSecond: Double
}
