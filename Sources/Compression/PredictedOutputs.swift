internal import Analysis
internal import Graph
internal import OptimalTransport
internal import Torch

/// The outputs of a layer that reads a group's channels, and the errors that moments predict for them.
struct PredictedOutputs {
    /// The rows of the metric of the outputs. `[rows, n]`
    private let rows: Tensor
    /// The output of each row.
    private let outputs: [Int]
    /// The weights, summed over the kernel. `[out, n]`
    private let weights: Tensor

    init(of layer: ConsumerLayer, in graph: Graph) throws {
        (rows, outputs) = try layer.outputRows(in: graph)
        weights = try layer.summedWeights(in: graph)
    }

    /// `f Cov(h)` and `f Cov(h, h')` side by side, which all maps with the same merging share.
    /// `[rows, n + m]`
    ///
    /// O(rows n^2) for n channels.
    func products(reading moments: JointMoments) throws -> Tensor {
        try rows.matrixMultiplied(by: moments.covariance.sliced(axis: 0, 0..<rows.shape[1]))
    }

    /// The error of the outputs under a map, as a share of their variance; see `MergeContext.predictedErrors`.
    ///
    /// - Parameters:
    ///   - consumer: The map.
    ///   - moments: Those of the n channels and the m merged ones.
    ///   - seen: The products with these moments.
    func error(
        of consumer: ChannelMap.Consumer, reading moments: JointMoments, products seen: Tensor
    ) throws -> Double {
        let (n, m) = (consumer.matrix.rows, consumer.matrix.columns)
        let (before, after) = (0..<n, n..<(n + m))
        let matrix = try Tensor(consumer.matrix)
        let merged = try rows.matrixMultiplied(by: matrix)
        let total = try seen.sliced(axis: 1, before).multiplied(by: rows).reduced(.sum, axes: []).scalar()
        let crossing = try seen.sliced(axis: 1, after).multiplied(by: merged).reduced(.sum, axes: [1])
            .doubles()
        let block = try moments.covariance.sliced(axis: 0, after).sliced(axis: 1, after)
        let reached = try merged.matrixMultiplied(by: block).multiplied(by: merged)
            .reduced(.sum, axes: [1]).doubles()
        let spread = outputs.indices.reduce(total) { sum, row in
            let gain = consumer.gain?[outputs[row]] ?? 1
            return sum + gain * (gain * reached[row] - 2 * crossing[row])
        }
        let old = try weights.matrixMultiplied(by: moments.mean.sliced(axis: 0, before)).doubles()
        let new = try weights.matrixMultiplied(
            by: matrix.matrixMultiplied(by: moments.mean.sliced(axis: 0, after))
        ).doubles()
        let moved = old.indices.reduce(0.0) { sum, output in
            let difference =
                old[output] - (consumer.gain?[output] ?? 1) * new[output] - (consumer.shift?[output] ?? 0)
            return sum + difference * difference
        }
        let error = max(spread, 0) + moved
        // Outputs that never change are entirely wrong if they are shifted.
        return total > 0 ? error / total : error > 0 ? 1 : 0
    }
}
