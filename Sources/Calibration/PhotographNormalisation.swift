package import Analysis
package import Datasets
internal import Foundation
internal import Graph
internal import Torch

/// Finds the normalisation of images that a network expects, from its first layers' responses to photographs.
///
/// If batch-norms hold statistics, the choice is the one closest to those of the first: the least
/// `shift^2 + (ln spread)^2` of `InputDrift`. Otherwise it is the one with the most ordinary outputs of the first
/// linear layers: the least `sum_l (mean_c ln s_lc)^2` over layers l, with s the deviations of channels c. A network
/// trained with batch-norms, since folded, or on inputs of unit variance has deviations around one.
package enum PhotographNormalisation {
    /// The number of crops used.
    private static let samples = 20
    /// The number of linear layers used.
    private static let layers = 8
    /// Smaller deviations count as this.
    private static let leastDeviation = 1e-6

    /// The usual normalisations for a number of channels.
    ///
    /// Bytes over 255, ImageNet's mean and deviation, -1 ... 1, bytes, and bytes less ImageNet's mean.
    private static func choices(channels: Int) throws -> [Normalisation] {
        guard let imageNet = Normalisation.imageNet(channels: channels) else {
            throw CalibrationError("images have one or three channels, not \(channels)")
        }
        func constant(_ mean: Float, _ deviation: Float) throws -> Normalisation {
            try Normalisation(
                mean: [Float](repeating: mean, count: channels),
                deviation: [Float](repeating: deviation, count: channels))
        }
        return [
            try constant(0, 1), imageNet, try constant(0.5, 0.5), try constant(0, 1 / 255),
            try Normalisation(
                mean: imageNet.mean, deviation: [Float](repeating: 1 / 255, count: channels)),
        ]
    }

    /// Finds the normalisation that suits a network.
    ///
    /// - Parameters:
    ///   - network: The network, batch-norms folded; it takes images.
    ///   - samplesAtOnce: The number of images that it takes at a time; nil is any.
    /// - Throws: `CalibrationError` if it does not take images.
    package static func found(for network: AnalysedNetwork, samplesAtOnce: Int?) throws -> Normalisation {
        guard let size = Photographs.size(for: network.graph) else {
            throw CalibrationError("\(network.graph.name) takes no images of one or three channels")
        }
        let batches = try CalibrationBatches(
            max(samples, samplesAtOnce ?? 1), for: network.graph, fixedSize: samplesAtOnce)
        let choices = try choices(channels: size.channels)
        let photographs = try Photographs.crops(
            batches.samples, size: size, for: .fitting, normalisation: choices[0], seed: 0)
        var best: (choice: Normalisation, strangeness: Double)?
        for choice in choices {
            let crops = try photographs.normalised(as: choice)
            let calibration = Calibration(images: batches.count, origin: .photographs) {
                try crops.samples(batches[$0])
            }
            let strangeness = try strangeness(of: calibration, to: network)
            if strangeness < best?.strangeness ?? .infinity { best = (choice, strangeness) }
        }
        guard let best else {
            throw CalibrationError(
                "\(network.graph.name) gives no numbers on photographs, however they are normalised")
        }
        return best.choice
    }

    private static func strangeness(of inputs: Calibration, to network: AnalysedNetwork) throws -> Double {
        if let drift = try InputDrift(of: inputs, in: network) {
            let spread = log(max(drift.spread, leastDeviation))
            return drift.shift * drift.shift + spread * spread
        }
        let graph = network.graph
        var found: [ValueID: ChannelStatistics] = [:]
        let walk = CalibrationWalk(network, inputs)
        for id in graph.nodeIDs {
            walk.pass(id)
            guard let layer = try graph[id].op.linearLayer(graph.operatorInputs(graph[id].inputs)),
                let output = graph[id].outputs.first, graph[output].type.shape.count > layer.outputAxis
            else { continue }
            found[output] = ChannelStatistics(
                lanes: graph[output].type.shape[layer.outputAxis], axis: layer.outputAxis)
            if found.count == layers { break }
        }
        try walk.run { value, _, tensor in try found[value]?.add(tensor) }
        return found.values.reduce(0) { sum, statistics in
            let logarithms = statistics.deviation.map { log(max($0, leastDeviation)) }
            let mean = logarithms.reduce(0, +) / Double(max(logarithms.count, 1))
            return sum + mean * mean
        }
    }
}
