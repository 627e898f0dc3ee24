package import Graph
package import Moments
package import Torch

/// Scales and shifts a value's channels so that they have the moments that are known of them.
package struct ChannelAnchor {
    /// The factor of each channel.
    let factor: [Double]
    /// What is added to each channel.
    let shift: [Double]

    /// A batch-norm's channels.
    static let axis = 1

    /// Finds the anchor of a node's output; nil where nothing is known of it.
    package init?(_ value: ValueID, in walk: CalibrationWalk, _ known: NetworkMoments?) throws {
        guard let channels = known?.channels[walk.graph[value].name],
            walk.graph[value].type.shape.count > Self.axis,
            walk.graph[value].type.shape[Self.axis] == channels.mean.count
        else { return nil }
        let found = try walk.moments(of: value, axis: Self.axis)
        // A channel that the inputs never move can only be shifted.
        factor = zip(channels.deviation, found.deviation).map { $1 > 1e-6 * max($0, 1e-6) ? $0 / $1 : 1 }
        shift = zip(channels.mean, zip(found.mean, factor)).map { $0 - $1.0 * $1.1 }
    }

    /// Makes an anchor of given numbers.
    init(factor: [Double], shift: [Double]) {
        self.factor = factor
        self.shift = shift
    }

    /// The anchor of the channels that were merged by `matrix`, whose rows need not sum to one.
    func merged(by mixing: AxisMixing) throws -> ChannelAnchor {
        func mixed(_ values: [Double]) throws -> [Double] {
            try mixing.applied(to: Tensor(values), axis: 0).doubles()
        }
        let weights = try mixed(factor.map { _ in 1 })
        return ChannelAnchor(
            factor: try zip(mixed(factor), weights).map { abs($1) > 1e-9 ? $0 / $1 : 1 },
            shift: try mixed(shift))
    }

    /// Returns a value with its channels scaled and shifted.
    package func applied(to tensor: Tensor) throws -> Tensor {
        var shape = [Int](repeating: 1, count: tensor.rank)
        shape[Self.axis] = factor.count
        let scale = try Tensor(factor, shape: shape).converted(to: tensor.type)
        let offset = try Tensor(shift, shape: shape).converted(to: tensor.type)
        return try tensor.multiplied(by: scale).adding(offset)
    }
}
