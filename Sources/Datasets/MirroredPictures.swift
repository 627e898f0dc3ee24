public import Graph
public import Torch

/// Pictures whose mirror images are as good: themselves and mirrored for fits, shifted by a few pixels too for refinement.
public struct MirroredPictures<Base: CalibrationInputs>: CalibrationInputs {
    private let base: Base

    /// The largest shift, as a share of the shorter side.
    private static var greatestShift: Double { 1 / 32 }

    /// Wraps pictures that have no variants of their own.
    public init(_ base: Base) { self.base = base }

    public var name: String { base.name }
    public var count: Int { base.count }
    public var equivalentVariants: Int { 2 }
    public var hasVariants: Bool { true }

    public func contentChecksum() throws -> String { try base.contentChecksum() }

    public func requireInputFit(to graph: Graph) throws { try base.requireInputFit(to: graph) }

    public func samples(_ positions: some Collection<Int>) throws -> [Tensor] { try base.samples(positions) }

    public func variant(
        _ index: Int, of positions: some Collection<Int>, using generator: inout SplitMixGenerator
    ) throws -> [Tensor] {
        let samples = try samples(positions)
        guard index > 0 else { return samples }
        if index == 1 { return try samples.map { try $0.mirrored() } }
        return try samples.map { tensor in
            let sides = Array(tensor.shape.suffix(2))
            let most = max(1, Int(Double(sides.min() ?? 1) * Self.greatestShift))
            let amounts = tensor.shape.indices.map { $0 < tensor.rank - 2 ? (0, 0) : (most, most) }
            let padded = try tensor.padded(amounts, mode: .edge)
            return try .concatenated(
                (0..<tensor.shape[0]).map { sample in
                    var picture = try padded.sliced(axis: 0, sample..<sample + 1)
                    for (axis, side) in zip([tensor.rank - 2, tensor.rank - 1], sides) {
                        let start = generator.integer(below: 2 * most + 1)
                        picture = try picture.sliced(axis: axis, start..<start + side)
                    }
                    return generator.integer(below: 2) == 1 ? try picture.mirrored() : picture
                }, axis: 0)
        }
    }
}

extension Tensor {
    /// A picture with its columns in reverse order.
    fileprivate func mirrored() throws -> Tensor { try flipped(axes: [rank - 1]) }
}
