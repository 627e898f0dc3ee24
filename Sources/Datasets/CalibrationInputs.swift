public import Graph
public import Torch

/// Inputs of a network without labels, one sample after the other.
public protocol CalibrationInputs: Sendable {
    /// What they are called in messages.
    var name: String { get }

    /// The number of samples.
    var count: Int { get }

    /// Whether a sample's mirror image could be one of them as well.
    var canBeMirrored: Bool { get }

    /// Tells two sets of inputs apart.
    func contentChecksum() throws -> String

    /// Checks that a network takes them.
    ///
    /// - Throws: `DatasetError` saying what the network takes and what they are.
    func requireInputFit(to graph: Graph) throws

    /// Returns the samples at some positions for each input of the network, in the order in which it declares them.
    func samples(_ positions: some Collection<Int>) throws -> [Tensor]
}

extension ImageDataset: CalibrationInputs {
    public var canBeMirrored: Bool { augmentation.flips }
    public func samples(_ positions: some Collection<Int>) throws -> [Tensor] {
        [try batch(positions).images]
    }
}
