package import Analysis
package import Coupling
internal import Graph
internal import Torch

extension NetworkMoments {
    /// Returns the known moments of a network after maps are applied to groups: merged channels have the
    /// moments of `z' = M z`.
    ///
    /// Consumers are adjusted so that their own outputs keep their moments.
    package func after(
        _ changes: [(map: ChannelMap, group: CoupledGroup)], on network: AnalysedNetwork
    ) throws -> NetworkMoments {
        let graph = network.graph
        return try changes.reduce(self) { moments, change in
            let merging = GroupMoments.Merging(
                producer: ChannelMixture(change.map.producer),
                perChannel: ChannelMixture(change.map.perChannel))
            let named = graph.valueIDs.filter { moments.channels[graph[$0].name] != nil }
            let known = try GroupMoments(
                change.group, in: AnalysedNetwork(network, moments: moments), merging: merging,
                targets: Set(named))
            return moments.replacing(try moments.merged(known, change.map, in: graph))
        }
    }

    /// The moments of merged channels, by the names of the values that carry all channels of a group.
    private func merged(
        _ known: GroupMoments, _ map: ChannelMap, in graph: Graph
    ) throws -> [String: Channels] {
        var result: [String: Channels] = [:]
        for node in graph.nodes {
            for output in node.outputs {
                let name = graph[output].name
                guard let old = channels[name], old.mean.count == map.width,
                    let joint = known.moments(of: output),
                    joint.mean.count == map.width + map.kept.count
                else { continue }
                let after = map.width..<(map.width + map.kept.count)
                result[name] = Channels(
                    mean: Array(try joint.mean.doubles()[after]),
                    deviation: try joint.covariance.diagonal().doubles()[after].map {
                        max($0, 0).squareRoot()
                    }, source: old.source)
            }
        }
        return result
    }
}
