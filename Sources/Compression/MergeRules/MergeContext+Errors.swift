internal import Coupling
internal import Graph
internal import Moments
internal import OptimalTransport
internal import Torch

extension MergeContext {
    /// Returns the error that each of several maps is predicted to cause; nil where the moments of a consumer are not known.
    ///
    /// It is the mean over the consumers of
    ///
    ///     sum_e E[(y_e - y'_e)^2] / sum_e Var(y_e),
    ///
    /// y being the outputs of the layer that reads the channels, y' what they become: with the joint moments of h and h' and
    /// the gain g, `E[(y - y')^2] = tr(Q_1 Cov(h)) - 2 tr(Q_g Cov(h, h') R^T) + tr(Q_gg R Cov(h') R^T) + |d|^2`, where Q_s is the
    /// metric of outputs that count s each and d the difference of the means.
    ///
    /// - Parameters:
    ///   - maps: The maps.
    ///   - network: What is known, or taken to be, of the network's activations.
    func predictedErrors(of maps: [ChannelMap], by network: NetworkMoments) throws -> [Double?] {
        let users = graph.consumers()
        var known: [GroupMoments] = []
        for (index, map) in maps.enumerated() {
            if let same = maps[..<index].firstIndex(where: { $0.mergesAlike(map) }) {
                known.append(known[same])
            } else {
                known.append(try GroupMoments(group, in: graph, merging: map.merging(), network: network))
            }
        }
        var sums = [Double?](repeating: 0, count: maps.count)
        for (place, first) in (maps.first?.consumers ?? []).enumerated() {
            guard let layer = try layer(of: first, users: users) else { return maps.map { _ in nil } }
            let metric = try layer.outputMetric(in: graph)
            for index in maps.indices {
                guard let sum = sums[index], let moments = try known[index].read(by: layer)?.moments else {
                    sums[index] = nil
                    continue
                }
                sums[index] =
                    try sum
                    + error(of: maps[index].consumers[place], reading: moments, layer: layer, metric: metric)
            }
        }
        return sums.enumerated().map { index, sum in
            sum.map { $0 / Double(max(maps[index].consumers.count, 1)) }.flatMap { $0.isFinite ? $0 : nil }
        }
    }

    /// The error of one consumer, as a share of the variance of its outputs.
    private func error(
        of consumer: ChannelMap.Consumer, reading moments: JointMoments, layer: ConsumerLayer, metric: Tensor
    ) throws -> Double {
        let (n, m) = (consumer.matrix.rows, consumer.matrix.columns)
        let (before, after) = (0..<n, n..<(n + m))
        let matrix = try Tensor(consumer.matrix)
        func block(_ rows: Range<Int>, _ columns: Range<Int>) throws -> Tensor {
            try moments.covariance.sliced(axis: 0, rows).sliced(axis: 1, columns)
        }
        func trace(_ metric: Tensor, _ covariance: Tensor) throws -> Double {
            try metric.multiplied(by: covariance).reduced(.sum, axes: []).scalar()
        }
        let gain = consumer.gain
        let total = try trace(metric, block(before, before))
        let single = try gain.map { try layer.outputMetric(in: graph, shares: $0) } ?? metric
        let double =
            try gain.map { try layer.outputMetric(in: graph, shares: $0.map { $0 * $0 }) } ?? metric
        let crossing = try block(before, after).matrixMultiplied(by: matrix.transposed())
        let reached = try matrix.matrixMultiplied(by: block(after, after))
            .matrixMultiplied(by: matrix.transposed())
        let spread = try total - 2 * trace(single, crossing) + trace(double, reached)
        let weights = try layer.summedWeights(in: graph)
        let old = try weights.matrixMultiplied(by: moments.mean.sliced(axis: 0, before)).doubles()
        let new = try weights.matrixMultiplied(by: matrix)
            .matrixMultiplied(by: moments.mean.sliced(axis: 0, after)).doubles()
        let moved = old.indices.reduce(0.0) { sum, output in
            let difference =
                old[output] - (gain?[output] ?? 1) * new[output] - (consumer.shift?[output] ?? 0)
            return sum + difference * difference
        }
        let error = max(spread, 0) + moved
        // Outputs that never change are wrong as a whole where they are moved.
        return total > 0 ? error / total : error > 0 ? 1 : 0
    }
}

extension ChannelMap {
    /// Whether another map makes the same channels.
    fileprivate func mergesAlike(_ other: ChannelMap) -> Bool {
        kept == other.kept && producer == other.producer && perChannel == other.perChannel
    }
}
