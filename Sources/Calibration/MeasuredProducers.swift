package import Analysis
internal import Coupling
internal import Graph
internal import Torch

/// The moments of every group's producers' outputs that are unknown otherwise, measured on synthetic inputs.
///
/// Only means and deviations are measured, as with batch-norms; correlations are those of the weights.
package struct MeasuredProducers: MomentsProvider {
    private let calibration: Calibration
    private let network: AnalysedNetwork

    /// Prepares a measurement.
    ///
    /// - Parameters:
    ///   - calibration: The inputs.
    ///   - network: The network, batch-norms folded.
    package init(on calibration: Calibration, of network: AnalysedNetwork) {
        self.calibration = calibration
        self.network = network
    }

    package func moments(adding known: NetworkMoments) throws -> NetworkMoments {
        let axes = try network.unknownProducts(known)
        guard !axes.isEmpty else { return known }
        let graph = network.graph
        var found: [ValueID: ChannelStatistics] = [:]
        let walk = CalibrationWalk(network, calibration)
        for id in graph.nodeIDs { walk.pass(id) }
        try walk.run { value, _, tensor in
            guard let axis = axes[value], tensor.rank > axis else { return }
            try found[value, default: ChannelStatistics(lanes: tensor.shape[axis], axis: axis)].add(tensor)
        }
        var measured: [String: NetworkMoments.Channels] = [:]
        for (value, statistics) in found
        where statistics.mean.allSatisfy(\.isFinite) && statistics.deviation.allSatisfy(\.isFinite) {
            measured[graph[value].name] = NetworkMoments.Channels(
                mean: statistics.mean, deviation: statistics.deviation, source: .synthetic)
        }
        return known.replacing(measured)
    }
}

extension AnalysedNetwork {
    /// Whether the output moments of some groups' producers are unknown.
    package func lacksProducers() throws -> Bool { try !unknownProducts(moments()).isEmpty }

    /// The outputs of groups' producers with unknown moments, each with the axis of its channels.
    fileprivate func unknownProducts(_ known: NetworkMoments) throws -> [ValueID: Int] {
        var axes: [ValueID: Int] = [:]
        for member in coupling.groups.flatMap({ $0.members(.producer) }) {
            for place in try occurrences(of: member)
            where place.isPlain && graph[place.node].outputs == [place.value]
                && known.channels[graph[place.value].name] == nil
            {
                axes[place.value] = place.axis
            }
        }
        return axes
    }
}
