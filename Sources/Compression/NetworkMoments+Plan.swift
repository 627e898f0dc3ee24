internal import Coupling
public import Graph
public import Moments
internal import Torch

extension NetworkMoments {
    /// Returns what is known of a network's activations after a plan: merged channels have the moments of `z' = M z`.
    ///
    /// What consumers are adjusted for is that their own outputs keep their moments.
    /// - Throws: `CompressionError` or `CouplingError` where the plan does not fit the network.
    public func after(_ plan: CompressionPlan, on graph: Graph) throws -> NetworkMoments {
        var current = graph
        var moments = self
        for step in plan.steps {
            let coupling = try Coupling(current)
            let group = try coupling.group(of: step.members)
            let merging = GroupMoments.Merging(
                producer: try Tensor(step.map.producer), perChannel: try Tensor(step.map.perChannel))
            let named = current.valueIDs.filter { moments.channels[current[$0].name] != nil }
            let known = try GroupMoments(
                group, in: current, merging: merging, network: moments, targets: Set(named))
            moments = moments.replacing(try moments.merged(known, step.map, in: current))
            if plan.order != .simultaneous {
                current = try current.applying(step.map, to: group, of: coupling)
            }
        }
        return moments
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
                    let joint = try known.moments(of: output),
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
