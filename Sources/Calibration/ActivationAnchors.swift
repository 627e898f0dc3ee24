package import Analysis
internal import Compression
internal import Coupling
package import Graph

/// The values whose activations on synthetic inputs are scaled and shifted to their known moments.
package struct ActivationAnchors {
    private let network: AnalysedNetwork
    private let known: NetworkMoments

    /// The axis of a batch-norm's channels.
    private static let axis = 1
    /// A channel whose deviation on the inputs is a smaller share of the known one is only shifted.
    private static let leastShare = 1e-6

    /// Prepares the anchors of a network; nil if no moments are given.
    package init?(_ network: AnalysedNetwork, _ known: NetworkMoments?) {
        guard let known else { return nil }
        self.network = network
        self.known = known
    }

    private var graph: Graph { network.graph }

    /// Returns the channel axis of a node's output; nil if its moments are unknown.
    package func axis(after id: NodeID) -> Int? { channels(after: id) == nil ? nil : Self.axis }

    private func channels(after id: NodeID) -> NetworkMoments.Channels? {
        guard let output = graph[id].outputs.first, let channels = known.channels[graph[output].name],
            graph[output].type.shape.count > Self.axis,
            graph[output].type.shape[Self.axis] == channels.mean.count
        else { return nil }
        return channels
    }

    /// Returns the change that brings a node's output to its known moments; nil if they are unknown.
    package func anchor(
        after id: NodeID, found: ChannelStatistics
    ) -> ChannelAffine? {
        channels(after: id).map { channels in
            ChannelAffine(
                axis: Self.axis, from: (found.mean, found.deviation), to: (channels.mean, channels.deviation),
                least: Self.leastShare)
        }
    }

    /// Returns the change that a node's merged output will get; nil if its moments are unknown.
    func expected(
        after id: NodeID, on walk: CalibrationWalk, _ compressed: CompressedNetwork
    ) throws -> ChannelAffine? {
        guard let axis = axis(after: id), let found = try walk.expected(of: id, axis: axis),
            let anchor = anchor(after: id, found: found)
        else { return nil }
        let change = try merged(anchor, after: id, compressed)
        guard let output = graph[id].outputs.first,
            change.factor.count == compressed.graph[output].type.shape[axis]
        else { return nil }
        return change
    }

    /// Returns the same change for the output of a network whose channels are merged.
    func merged(
        _ anchor: ChannelAffine, after id: NodeID, _ compressed: CompressedNetwork
    ) throws -> ChannelAffine {
        try mixings(after: id, axis: Self.axis, compressed)?.reduce(anchor) { try $0.merged(by: $1) }
            ?? anchor
    }

    /// How the channels on an axis of a node's output were merged: like those of the parameter that makes them, in this
    /// node or in one that it reads.
    private func mixings(
        after id: NodeID, axis: Int, _ compressed: CompressedNetwork
    ) throws -> [AxisMixing]? {
        let node = graph[id]
        var sources: [(node: NodeID, axis: Int)] = []
        for link in try network.links(of: id) where link.second == .output(0, axis) {
            guard case .input(let index) = link.first.slot, node.inputs.indices.contains(index),
                let input = node.inputs[index]
            else { continue }
            if graph[input].tensor != nil {
                guard link.role != nil else { continue }
                return compressed.mixings(graph[input].name, axis: link.first.axis)
            }
            if link.lanes == nil, case .node(let source) = graph[input].origin,
                graph[source].outputs.first == input
            {
                sources.append((source, link.first.axis))
            }
        }
        for source in sources {
            if let found = try mixings(after: source.node, axis: source.axis, compressed) { return found }
        }
        return node.outputs.first.flatMap { mixings(of: $0, axis: axis, compressed) }
    }

    /// How the channels on a value's axis were merged: like those of a parameter of their group with the same layout, such as
    /// the scale of a batch-norm behind a Reshape.
    private func mixings(
        of value: ValueID, axis: Int, _ compressed: CompressedNetwork
    ) -> [AxisMixing]? {
        let shape = graph[value].type.shape
        let channels = network.coupling.channels(value, axis: axis, length: shape[axis])
        guard let index = channels.first??.group,
            let group = network.coupling.groups.first(where: { $0.index == index })
        else { return nil }
        return group.members.lazy.filter { member in
            member.role != .consumer && member.positionsPerChannel == 1
                && graph[member.parameter].type.shape[member.axis] == channels.count
                && channels.indices.allSatisfy { lane in
                    channels[lane].map { $0.group == index && member.positions[$0.number] == [lane] } ?? false
                }
        }.map { compressed.mixings($0.name, axis: $0.axis) }.first { !$0.isEmpty }
    }
}

extension CalibrationWalk {
    /// Runs up to a node whose moments are known, and changes its output to them in both networks.
    ///
    /// - Parameter anchors: The known moments; nil changes nothing.
    func anchor(
        after id: NodeID, _ anchors: ActivationAnchors?, _ compressed: CompressedNetwork
    ) throws {
        guard let anchors, let axis = anchors.axis(after: id), let output = outputs(of: id).first,
            let found = try statistics(of: output, axis: axis)[.original],
            let anchor = anchors.anchor(after: id, found: found)
        else { return }
        let merged = try anchors.merged(anchor, after: id, compressed)
        // Where it is not known how channels were merged, neither network is changed.
        guard merged.factor.count == compressed.graph[output].type.shape[axis] else { return }
        change(output, of: .original, by: anchor)
        guard differs(output) else { return }
        change(output, of: .compressed, by: merged)
    }
}
