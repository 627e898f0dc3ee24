public import Moments
public import Torch

/// Inputs on which layers of a network are compared before and after compression; labels are not needed.
public struct Calibration: Sendable {
    /// Where the inputs come from.
    public enum Source: String, Sendable, Codable {
        /// Real inputs of the network.
        case images
        /// Made-up ones, whose activations are given the moments that the network's batch-norms tell.
        case synthetic
    }

    /// The batches: the network's inputs in their declared order.
    public let batches: [[Tensor]]
    /// Where they come from.
    public let source: Source
    /// The moments that activations are given; nil leaves them as they are.
    let anchors: NetworkMoments?

    /// Makes a calibration of real inputs.
    public init(images batches: [[Tensor]]) {
        self.batches = batches
        source = .images
        anchors = nil
    }

    /// Makes a calibration of made-up inputs.
    ///
    /// - Parameter moments: What the network's batch-norms tell of its activations. What the inputs cause is scaled and
    ///   shifted to it channel by channel, so that only correlations are those of the made-up inputs.
    public init(synthetic batches: [[Tensor]], moments: NetworkMoments) {
        self.batches = batches
        source = .synthetic
        anchors = moments
    }
}
