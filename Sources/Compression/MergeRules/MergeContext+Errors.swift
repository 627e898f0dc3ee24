internal import Analysis
internal import Coupling
internal import Graph
internal import Torch

extension MergeContext {
    /// Returns the predicted error of each of several maps; nil if no consumer's moments are known.
    ///
    /// It is the mean over the consumers whose moments are known, for all of the maps, of
    ///
    ///     sum_e E[(y_e - y'_e)^2] / sum_e Var(y_e),
    ///
    /// y being the outputs of the layer that reads the channels and y' those after merging. With the joint
    /// moments of h and h', the gain g, the rows f of the metric of the outputs, each of one output e, and
    /// the difference d of the means:
    ///
    ///     E[(y - y')^2] = sum_f (f Cov(h) f^T - 2 g_e f Cov(h, h') f'^T + g_e^2 f' Cov(h') f'^T) + |d|^2,
    ///     f' = f R
    ///
    /// - Parameters:
    ///   - maps: The maps.
    ///   - told: The moments to assume for the network's activations; nil is the known ones.
    func predictedErrors(of maps: [ChannelMap], by told: NetworkMoments? = nil) throws -> [Double?] {
        let known = try maps.map { try groupMoments(of: $0, by: told) }
        var sums = [Double](repeating: 0, count: maps.count)
        var count = 0
        for (place, first) in (maps.first?.consumers ?? []).enumerated() {
            guard let layer = try layer(of: first) else { continue }
            let moments = try known.compactMap { try $0.read(by: layer)?.moments }
            guard moments.count == maps.count else { continue }
            let outputs = try PredictedOutputs(of: layer, in: graph)
            var products: [Int: Tensor] = [:]
            for index in maps.indices {
                let alike = maps.firstIndex { $0.mergesLike(maps[index]) } ?? index
                let seen = try products[alike] ?? outputs.products(reading: moments[index])
                products[alike] = seen
                sums[index] += try outputs.error(
                    of: maps[index].consumers[place], reading: moments[index], products: seen)
            }
            count += 1
        }
        guard count > 0 else { return maps.map { _ in nil } }
        return sums.map { $0.isFinite ? $0 / Double(count) : nil }
    }
}
