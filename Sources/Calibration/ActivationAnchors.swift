package import Analysis
internal import Compression
package import Graph

/// The values whose activations on made-up inputs are given the moments that are known of them.
package struct ActivationAnchors {
    private let network: AnalysedNetwork
    private let known: NetworkMoments

    /// A batch-norm's channels.
    private static let axis = 1
    /// A channel that the inputs move less, as a share of the known deviation, is only shifted.
    private static let leastShare = 1e-6

    /// Finds the values of a network; nil where nothing is to be anchored.
    package init?(_ network: AnalysedNetwork, _ known: NetworkMoments?) {
        guard let known else { return nil }
        self.network = network
        self.known = known
    }

    private var graph: Graph { network.graph }

    /// Returns the axis of the channels of a node's output where their moments are known.
    package func axis(after id: NodeID) -> Int? { channels(after: id) == nil ? nil : Self.axis }

    private func channels(after id: NodeID) -> NetworkMoments.Channels? {
        guard let output = graph[id].outputs.first, let channels = known.channels[graph[output].name],
            graph[output].type.shape.count > Self.axis,
            graph[output].type.shape[Self.axis] == channels.mean.count
        else { return nil }
        return channels
    }

    /// Returns what brings a node's output to the known moments; nil where none are known.
    package func anchor(
        after id: NodeID, found: ChannelStatistics
    ) -> ChannelAffine? {
        channels(after: id).map { channels in
            ChannelAffine(
                axis: Self.axis, from: (found.mean, found.deviation), to: (channels.mean, channels.deviation),
                least: Self.leastShare)
        }
    }

    /// Returns what will be done to a node's merged output; nil where its moments are not known.
    func expected(
        after id: NodeID, on walk: CalibrationWalk, _ compressed: CompressedNetwork
    ) throws -> ChannelAffine? {
        guard let axis = axis(after: id), let found = try walk.expected(of: id, axis: axis),
            let anchor = anchor(after: id, found: found)
        else { return nil }
        return try merged(anchor, after: id, compressed)
    }

    /// Returns what is done to the same output of a network whose channels are merged.
    func merged(
        _ anchor: ChannelAffine, after id: NodeID, _ compressed: CompressedNetwork
    ) throws -> ChannelAffine {
        try mixings(after: id, axis: Self.axis, compressed)?.reduce(anchor) { try $0.merged(by: $1) }
            ?? anchor
    }

    /// How the channels on an axis of a node's output were merged: as those of the parameter that makes them, behind it or behind
    /// the nodes that it reads.
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
        return nil
    }
}

extension CalibrationWalk {
    /// Runs to a node whose moments are known, and gives its output these, in both networks alike.
    ///
    /// - Parameter anchors: The known moments; nil leaves everything as it is.
    func anchor(
        after id: NodeID, _ anchors: ActivationAnchors?, _ compressed: CompressedNetwork
    ) throws {
        guard let anchors, let axis = anchors.axis(after: id), let output = outputs(of: id).first,
            let found = try statistics(of: output, axis: axis)[.original],
            let anchor = anchors.anchor(after: id, found: found)
        else { return }
        change(output, of: .original, by: anchor)
        guard differs(output) else { return }
        try change(output, of: .compressed, by: anchors.merged(anchor, after: id, compressed))
    }
}
