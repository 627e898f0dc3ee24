internal import Graph
internal import Torch

/// The moments for normalised inputs, derived through the network: see `MomentPropagation`.
///
/// Known moments stay, and propagation continues from them.
package struct PropagatedMoments: MomentsProvider {
    private let network: AnalysedNetwork

    /// Derives the moments of a network, batch-norms folded.
    package init(of network: AnalysedNetwork) {
        self.network = network
    }

    package func moments(adding known: NetworkMoments) throws -> NetworkMoments {
        let propagation = try MomentPropagation(network, anchors: known.channels)
        var derived: [String: NetworkMoments.Channels] = [:]
        for (value, state) in propagation.states where state.isPlain {
            let name = network.graph[value].name
            guard known.channels[name] == nil else { continue }
            derived[name] = NetworkMoments.Channels(
                mean: try state.moments.mean.doubles(), deviation: try state.moments.deviation().doubles(),
                source: .propagation)
        }
        return known.replacing(derived)
    }
}
