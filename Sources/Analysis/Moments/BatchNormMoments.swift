package import Graph
internal import Torch

/// The moments given by a network's batch-norms.
///
/// A batch-norm gives those of its output (mean = shift, deviation = |scale|) and of its input (the running statistics).
package struct BatchNormMoments: MomentsProvider {
    private let trained: Graph
    private let folded: Graph

    /// Reads a network.
    ///
    /// - Parameters:
    ///   - trained: The network as it was trained.
    ///   - folded: The network with its batch-norms folded: the output of a folded one is that of the layer
    ///     before it.
    package init(of trained: Graph, foldedInto folded: Graph) {
        self.trained = trained
        self.folded = folded
    }

    package func moments(adding known: NetworkMoments) throws -> NetworkMoments {
        var channels: [String: NetworkMoments.Channels] = [:]
        for id in trained.nodeIDs {
            let node = trained[id]
            guard case .normalisation = try trained.effect(of: id),
                let input = node.inputs.first ?? nil, let output = node.outputs.first
            else { continue }
            let statistics = try node.inputs[1...4].map {
                try $0.flatMap { trained[$0].tensor }?.doubles() ?? []
            }
            let (scale, shift, mean, variance) = (statistics[0], statistics[1], statistics[2], statistics[3])
            guard !scale.isEmpty,
                statistics.allSatisfy({ $0.count == scale.count && $0.allSatisfy(\.isFinite) })
            else { continue }
            let after = NetworkMoments.Channels(mean: shift, deviation: scale.map(\.magnitude))
            if folded.value(named: trained[output].name) != nil {
                channels[trained[output].name] = after
                channels[trained[input].name] = NetworkMoments.Channels(
                    mean: mean, deviation: variance.map { max($0, 0).squareRoot() })
            } else {
                channels[trained[input].name] = after
            }
        }
        return known.replacing(channels)
    }
}
