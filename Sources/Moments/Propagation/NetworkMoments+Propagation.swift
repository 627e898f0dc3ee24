public import Graph
internal import Torch

extension NetworkMoments {
    /// Returns these moments with those that nothing tells propagated from normalised inputs.
    ///
    /// What is known stays, and propagation goes on from it: see `MomentPropagation`.
    /// - Parameter graph: The network, batch-norms folded.
    public func propagating(through graph: Graph) throws -> NetworkMoments {
        let propagation = try MomentPropagation(graph, anchors: channels)
        var derived: [String: Channels] = [:]
        for (value, state) in propagation.states where state.isPlain {
            let name = graph[value].name
            guard channels[name] == nil else { continue }
            derived[name] = Channels(
                mean: try state.moments.mean.doubles(), deviation: try state.moments.deviation().doubles(),
                source: .propagation)
        }
        return replacing(derived)
    }
}
