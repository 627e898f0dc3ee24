/// Why training cannot start or continue.
public enum TrainingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// An option is out of range.
    case option(String, expected: String, got: String)
    /// The network is of a kind that cannot be trained on images.
    case network(String)
    /// The loss, or a weight after an epoch, is no longer a finite number. Epochs and batches count from 1.
    case diverged(epoch: Int, batch: Int, learningRate: Double)

    /// The message.
    public var description: String {
        switch self {
        case .option(let option, let expected, let got): "\(option) must be \(expected), got \(got)"
        case .network(let reason): "the network cannot be trained: \(reason)"
        case .diverged(let epoch, let batch, let learningRate):
            """
            the loss or a weight is no longer a finite number at epoch \(epoch), batch \(batch), learning rate \
            \(learningRate); try a lower learning rate
            """
        }
    }
}
