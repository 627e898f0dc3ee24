internal import Compression
package import Torch

/// A factor and a shift for each lane of an axis.
package struct ChannelAffine {
    /// The axis.
    let axis: Int
    /// The factor of each lane.
    let factor: [Double]
    /// The shift of each lane.
    let shift: [Double]

    /// Makes the change from measured to target means and deviations.
    ///
    /// - Parameter least: Lanes whose deviation is a smaller share of the target are only shifted: their variation is
    ///   noise.
    init(
        axis: Int, from found: (mean: [Double], deviation: [Double]),
        to wanted: (mean: [Double], deviation: [Double]), least: Double
    ) {
        let factor = zip(wanted.deviation, found.deviation).map { $1 > least * max($0, 1e-6) ? $0 / $1 : 1 }
        self.init(
            axis: axis, factor: factor,
            shift: zip(wanted.mean, zip(found.mean, factor)).map { $0 - $1.0 * $1.1 })
    }

    /// Makes a change from its factors and shifts.
    init(axis: Int, factor: [Double], shift: [Double]) {
        self.axis = axis
        self.factor = factor
        self.shift = shift
    }

    /// Returns the change for lanes that were merged by `mixing`, whose rows need not sum to one.
    func merged(by mixing: AxisMixing) throws -> ChannelAffine {
        let weights = try mixing.applied(toVector: factor.map { _ in 1 })
        return ChannelAffine(
            axis: axis,
            factor: try zip(mixing.applied(toVector: factor), weights).map { abs($1) > 1e-9 ? $0 / $1 : 1 },
            shift: try mixing.applied(toVector: shift))
    }

    /// Returns this change followed by another one of the same lanes.
    func followed(by next: ChannelAffine) -> ChannelAffine {
        ChannelAffine(
            axis: axis, factor: zip(factor, next.factor).map(*),
            shift: zip(shift, zip(next.factor, next.shift)).map { $0 * $1.0 + $1.1 })
    }

    /// Returns a value with its lanes scaled and shifted.
    package func applied(to tensor: Tensor) throws -> Tensor {
        let (scale, offset) = (try spread(factor, tensor), try spread(shift, tensor))
        return try tensor.multiplied(by: scale).adding(offset)
    }

    private func spread(_ values: [Double], _ tensor: Tensor) throws -> Tensor {
        var shape = [Int](repeating: 1, count: tensor.rank)
        shape[axis] = values.count
        return try Tensor(values, shape: shape).converted(to: tensor.type)
    }
}

extension AxisMixing {
    /// Mixes a list of numbers.
    func applied(toVector values: [Double]) throws -> [Double] {
        try applied(to: Tensor(values), axis: 0).doubles()
    }
}
