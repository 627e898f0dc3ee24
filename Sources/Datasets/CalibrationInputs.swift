public import Graph
public import Torch

/// Inputs of a network without labels, one sample after the other.
public protocol CalibrationInputs: Sendable {
    /// Their name for error messages.
    var name: String { get }

    /// The number of samples.
    var count: Int { get }

    /// How a sample may be varied and still be a plausible input.
    var augmentation: Augmentation { get }

    /// Distinguishes two sets of inputs.
    func contentChecksum() throws -> String

    /// Checks that a network takes them.
    ///
    /// - Throws: `DatasetError` saying what the network takes and what they are.
    func requireInputFit(to graph: Graph) throws

    /// Returns the samples at some positions, one tensor for each input of the network in declared order.
    func samples(_ positions: some Collection<Int>) throws -> [Tensor]

    /// Returns the samples at some positions, varied at random as far as `augmentation` and the inputs allow.
    func variedSamples(
        _ positions: some Collection<Int>, using generator: inout SplitMixGenerator
    ) throws -> [Tensor]
}

extension CalibrationInputs {
    public func variedSamples(
        _ positions: some Collection<Int>, using generator: inout SplitMixGenerator
    ) throws -> [Tensor] {
        try samples(positions)
    }
}

extension ImageDataset: CalibrationInputs {
    public func samples(_ positions: some Collection<Int>) throws -> [Tensor] {
        [try batch(positions).images]
    }

    public func variedSamples(
        _ positions: some Collection<Int>, using generator: inout SplitMixGenerator
    ) throws -> [Tensor] {
        let shift = max(1, min(imageSize.height, imageSize.width) / 32)
        let augmentation = try Augmentation(
            padding: min(augmentation.padding, shift), flips: augmentation.flips)
        return [try batch(positions, augmentation: augmentation, using: &generator).images]
    }
}
