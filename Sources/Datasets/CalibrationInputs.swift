public import Graph
public import Torch

/// Inputs of a network without labels, one sample after the other.
public protocol CalibrationInputs: Sendable {
    /// Their name for error messages.
    var name: String { get }

    /// The number of samples.
    var count: Int { get }

    /// The number of variants of each sample, itself among them, that serve a fit as well as further samples would.
    var equivalentVariants: Int { get }

    /// Whether there are more variants, which serve a refinement.
    var hasVariants: Bool { get }

    /// Distinguishes two sets of inputs.
    func contentChecksum() throws -> String

    /// Checks that a network takes them.
    ///
    /// - Throws: `DatasetError` saying what the network takes and what they are.
    func requireInputFit(to graph: Graph) throws

    /// Returns the samples at some positions, one tensor for each input of the network in declared order.
    func samples(_ positions: some Collection<Int>) throws -> [Tensor]

    /// Returns a variant of the samples at some positions: themselves for index 0, then those that serve a fit, then
    /// others drawn at random.
    func variant(
        _ index: Int, of positions: some Collection<Int>, using generator: inout SplitMixGenerator
    ) throws -> [Tensor]
}

extension CalibrationInputs {
    public var equivalentVariants: Int { 1 }
    public var hasVariants: Bool { false }

    public func variant(
        _ index: Int, of positions: some Collection<Int>, using generator: inout SplitMixGenerator
    ) throws -> [Tensor] {
        try samples(positions)
    }
}

extension ImageDataset: CalibrationInputs {
    public var equivalentVariants: Int { augmentation.flips ? 2 : 1 }
    public var hasVariants: Bool { augmentation != .none }

    public func samples(_ positions: some Collection<Int>) throws -> [Tensor] {
        [try batch(positions).images]
    }

    public func variant(
        _ index: Int, of positions: some Collection<Int>, using generator: inout SplitMixGenerator
    ) throws -> [Tensor] {
        if index < equivalentVariants {
            let samples = try samples(positions)
            return index == 0 ? samples : try samples.map { try $0.flipped(axes: [$0.rank - 1]) }
        }
        let shift = max(1, min(imageSize.height, imageSize.width) / 32)
        let augmentation = try Augmentation(
            padding: min(augmentation.padding, shift), flips: augmentation.flips)
        return [try batch(positions, augmentation: augmentation, using: &generator).images]
    }
}
