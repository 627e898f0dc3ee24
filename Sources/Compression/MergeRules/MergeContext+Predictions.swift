internal import Analysis
internal import Coupling
internal import Graph
internal import Torch

/// What the moments predict for one way to merge a group.
struct MergePrediction {
    /// The mean over the consumers of their errors; nil if it cannot be predicted.
    var error: Double?
    /// The fits of the consumers; nil where the moments are not known, or if consumers are not refitted.
    var fits: [Fit?] = []

    /// A consumer refitted to the moments.
    struct Fit {
        let consumer: MatchedConsumer
        let gain: [Double]?
        let shift: [Double]?
        let source: MomentSource
    }
}

extension MergeContext {
    /// A way to merge the group: a map, whose consumers may be refitted to the moments.
    typealias Way = (map: ChannelMap, isMatched: Bool)

    /// Returns the predicted errors of several ways to merge the group, with the fits of those that refit.
    ///
    /// An error is the mean over the consumers whose moments are known, for all of the ways, of
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
    ///   - ways: The ways; those with the same merged channels next to each other.
    ///   - told: The moments to assume for the network's activations; nil is the known ones.
    func predictions(of ways: [Way], by told: NetworkMoments? = nil) throws -> [MergePrediction] {
        let known = KnownMoments()
        // The moments of mixtures hold those of all channels.
        for way in ways where way.map.selected == nil {
            _ = try known.moments(of: way.map) { try groupMoments(of: way.map, by: told) }
        }
        let moments = try ways.map { way in
            try known.moments(of: way.map) { try groupMoments(of: way.map, by: told) }
        }
        var predictions = ways.map { _ in MergePrediction() }
        var sums = [Double](repeating: 0, count: ways.count)
        var count = 0
        for (place, consumer) in (ways.first?.map.consumers ?? []).enumerated() {
            for index in ways.indices { predictions[index].fits.append(nil) }
            guard let layer = try layer(of: consumer),
                try moments.contains(where: { try $0.read(by: layer) != nil })
            else { continue }
            let rows = try layer.outputRows(in: graph)
            var errors: [Double] = []
            var last: (map: ChannelMap, source: MomentSource, outputs: PredictedOutputs)?
            for (index, way) in ways.enumerated() {
                if last?.map.mergesLike(way.map) != true {
                    guard let (merged, source) = try moments[index].merged(readBy: layer) else { continue }
                    // Before merging, moments from the same source are the same.
                    let own = last?.source == source ? last?.outputs.own : nil
                    last = (way.map, source, try PredictedOutputs(rows, reading: merged, own: own))
                }
                guard let (_, source, outputs) = last else { continue }
                let reading: PredictedOutputs.Reading
                if way.isMatched {
                    let fitted = try MatchedConsumer(outputs.moments, hasBias: layer.bias != nil)
                    reading = try fitted.reading(outputs)
                    predictions[index].fits[place] = MergePrediction.Fit(
                        consumer: fitted, gain: reading.gain, shift: reading.shift, source: source)
                } else {
                    reading = try outputs.reading(by: way.map.consumers[place].matrix)
                }
                errors.append(try outputs.error(of: reading))
            }
            guard errors.count == ways.count else { continue }
            sums = zip(sums, errors).map(+)
            count += 1
        }
        for index in ways.indices where count > 0 && sums[index].isFinite {
            predictions[index].error = sums[index] / Double(count)
        }
        return predictions
    }
}
