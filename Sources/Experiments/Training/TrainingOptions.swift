public import Datasets
public import Torch

/// How a network is trained: stochastic gradient descent on the mean cross-entropy.
public struct TrainingOptions: Sendable, Hashable, Codable {
    /// The number of passes over the training images.
    public var epochs = 20
    /// The number of images in a batch.
    public var batchSize = 64
    /// The peak learning rate.
    public var learningRate = 0.1
    /// How the rate changes over all batches of the training.
    public var schedule = LearningRateSchedule.oneCycle(warmUp: 0.3)
    /// The momentum.
    public var momentum = 0.9
    /// Whether to use Nesterov momentum.
    public var nesterov = true
    /// The weight decay.
    public var weightDecay = 5e-4
    /// Whether the scales and shifts of batch-norms decay too.
    public var decaysNormalisation = true
    /// The label smoothing: the share of the target spread over all classes.
    public var labelSmoothing = 0.0
    /// How images are augmented; nil is the data set's default.
    public var augmentation: Augmentation?
    /// The seed of the order of images, of their augmentation and of dropout.
    public var seed: UInt64 = 0

    /// Makes the default options.
    public init() {}

    /// Checks every option.
    ///
    /// - Throws: `TrainingError` naming the first one that is out of range.
    func validate() throws(TrainingError) {
        func require(_ holds: Bool, _ option: String, _ expected: String, _ got: some Any)
            throws(TrainingError)
        {
            guard holds else { throw .option(option, expected: expected, got: "\(got)") }
        }
        try require((1...100_000).contains(epochs), "the number of epochs", "in 1...100000", epochs)
        try require((1...1_000_000).contains(batchSize), "the batch size", "in 1...1000000", batchSize)
        try require(
            learningRate >= 0 && learningRate <= 1e30, "the learning rate", "in [0, 1e30]",
            learningRate)
        try require(momentum >= 0 && momentum < 1, "the momentum", "in [0, 1)", momentum)
        try require(
            weightDecay >= 0 && weightDecay <= 1e30, "the weight decay", "in [0, 1e30]", weightDecay
        )
        try require(!nesterov || momentum > 0, "the momentum", "greater than 0 for Nesterov's step", momentum)
        try require(
            labelSmoothing >= 0 && labelSmoothing < 1, "the label smoothing", "in [0, 1)", labelSmoothing)
    }
}
