package import Analysis
package import Coupling
internal import Graph
internal import Torch

/// The channels of a group that go without loss: the layers that read it give the same outputs without them.
///
/// They are channels that are zero or constant, that nothing reads, or that are combinations of others: with e(m) the share of
/// the readers' outputs that the m best channels do not predict, which a pivoted Cholesky factor of the channels' covariance
/// gives for all m at once, they are those behind the least m at which e(m) is that of rounding. A bias makes up for a
/// constant, but not where a kernel reaches beyond the border, which is zero: for such readers only channels go that are
/// combinations without a constant, `mean(d) = R mean(h')` with `R = Cov(d, h') Cov(h')^-1`.
package enum SpareChannels {
    /// Predicted errors up to this are those of rounding.
    private static let rounding = 1e-9

    /// Returns their number.
    ///
    /// O(n^3) for n channels and each reader with a border, if there may be any.
    /// - Parameters:
    ///   - group: The group.
    ///   - network: The network, with measured moments.
    ///   - scores: The channels' scores: the best are kept first, of equal ones the first.
    ///   - errors: e(0) ... e(n) in that order.
    /// - Returns: Zero if the moments were not measured, or on too few observations. One channel at least is not spare.
    package static func count(
        of group: CoupledGroup, in network: AnalysedNetwork, scores: [Double], errors: [Double]
    ) throws -> Int {
        let moments = try network.moments()
        guard moments.areWellMeasured(of: group), var least = errors.firstIndex(where: { $0 <= rounding }),
            least < group.width
        else { return 0 }
        least = max(least, 1)
        let order = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
        for member in group.members(.consumer) where least < group.width {
            guard let layer = try ConsumerLayer(member, in: network),
                let own = moments.measured(group, readBy: member)
            else { return 0 }
            guard try !hasConstants(layer, in: network.graph) else { continue }
            let shifted = try shifted(own, kept: Array(order[..<least]), others: Array(order[least...]))
            if let last = shifted.lastIndex(of: true) { least += last + 1 }
        }
        return max(0, group.width - least)
    }

    /// Whether constants can be added to what a layer reads: it has a bias and no border.
    private static func hasConstants(_ layer: ConsumerLayer, in graph: Graph) throws -> Bool {
        let padding = try graph[layer.node].op.attributes.integers("pads") ?? []
        return try layer.bias != nil && layer.weights(in: graph).shape[2] == 1
            && padding.allSatisfy { $0 == 0 }
    }

    /// Whether channels are combinations of the kept ones and a constant, not of the kept ones alone.
    private static func shifted(_ moments: JointMoments, kept: [Int], others: [Int]) throws -> [Bool] {
        let between = try moments.covariance.selecting(axis: 0, kept)
        let own = try between.selecting(axis: 1, kept)
        let variances = try moments.covariance.diagonal().doubles()
        let size = kept.reduce(0) { $0 + variances[$1] } / Double(kept.count)
        let damped = try own.adding(
            Tensor.identity(kept.count).applying(.multiplied(max(size * rounding, .leastNormalMagnitude))))
        let factors = try damped.solvedAsPositiveDefinite(between.selecting(axis: 1, others)).transposed()
        let means = try moments.mean.doubles()
        let expected = try factors.matrixMultiplied(by: moments.mean.selecting(axis: 0, kept)).doubles()
        return zip(others, expected).map { channel, expected in
            let shift = means[channel] - expected
            return shift * shift > rounding * (variances[channel] + means[channel] * means[channel])
        }
    }
}
