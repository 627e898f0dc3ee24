internal import Coupling
internal import Graph
internal import Moments

extension MergeContext {
    /// Returns the error that each of several maps is predicted to cause; nil where the moments of a consumer are not known.
    ///
    /// It is the mean over the consumers of
    ///
    ///     sum_e E[(y_e - y'_e)^2] / sum_e Var(y_e),
    ///
    /// y being the outputs of the layer that reads the channels, y' what they become: with the joint moments of h and h', the
    /// gain g and the rows f of the metric of the outputs, each one of output e, `E[(y - y')^2] = sum_f (f Cov(h) f^T
    /// - 2 g_e f Cov(h, h') f'^T + g_e^2 f' Cov(h') f'^T) + |d|^2` with `f' = f R`, and d the difference of the means.
    ///
    /// - Parameters:
    ///   - maps: The maps.
    ///   - network: What is taken to be known of the network's activations; nil is what is.
    func predictedErrors(of maps: [ChannelMap], by network: NetworkMoments? = nil) throws -> [Double?] {
        let users = graph.consumers()
        let known = try maps.map { try groupMoments(of: $0, by: network) }
        var sums = [Double?](repeating: 0, count: maps.count)
        for (place, first) in (maps.first?.consumers ?? []).enumerated() {
            guard let layer = try layer(of: first, users: users) else { return maps.map { _ in nil } }
            let outputs = try PredictedOutputs(of: layer, in: graph)
            for index in maps.indices {
                guard let sum = sums[index], let moments = try known[index]?.read(by: layer)?.moments else {
                    sums[index] = nil
                    continue
                }
                sums[index] = try sum + outputs.error(of: maps[index].consumers[place], reading: moments)
            }
        }
        return sums.enumerated().map { index, sum in
            sum.map { $0 / Double(max(maps[index].consumers.count, 1)) }.flatMap { $0.isFinite ? $0 : nil }
        }
    }
}
