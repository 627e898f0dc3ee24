package import Coupling
package import Graph
package import Torch

/// The joint moments of a group's channels, as they are and merged, wherever a layer reads them.
///
/// They start at the group's producers, where channels are jointly normal with the moments that are known of the network and
/// the correlation `rho_ij = w_i . w_j / (|w_i| |w_j|)` of the weights that make them; merged channels are `z' = M z`. From
/// there they follow the graph (`MomentPassage`): activations by Hermite expansion, of whatever nodes they are made, sums by
/// adding moments, gates as independent of what they scale, depthwise convolutions by their kernels.
package struct GroupMoments: Sendable {
    /// The moments by value; values of which nothing is known are missing.
    private let known: [ValueID: JointMoments]
    /// What tells the moments of a value, the least certain of all that it is made of.
    private let sources: [ValueID: MomentSource]
    private let group: CoupledGroup
    private let network: NetworkMoments
    /// The channels that the merged ones are, where they are a selection: what is known is of all channels then.
    private let selected: [Int]?
    private let isMixing: Bool

    /// How channels are merged.
    package struct Merging: Sendable {
        /// M, for what produces channels and is added to them. `[m, n]`, double precision
        let producer: Tensor
        /// The matrix for what scales each channel by itself. `[m, n]`, double precision
        let perChannel: Tensor

        /// The channels that the merged ones are; nil where any of them is a mixture.
        let selected: [Int]?

        /// Merges channels by two matrices.
        package init(producer: Tensor, perChannel: Tensor, selected: [Int]? = nil) {
            self.producer = producer
            self.perChannel = perChannel
            self.selected = selected
        }
    }

    /// Derives the moments of a group's n channels, and of the m merged ones where a merging is given.
    ///
    /// - Parameter targets: The values whose moments are asked for; nil is those that layers read.
    package init(
        _ group: CoupledGroup, in graph: Graph, merging: Merging? = nil, network: NetworkMoments,
        targets: Set<ValueID>? = nil
    ) throws {
        let members = Dictionary(grouping: group.members, by: \.parameter)
        self.selected = merging?.selected
        // Selected channels have the moments that they have among all.
        let merging = merging?.selected == nil ? merging : nil
        let (wanted, read) = try Self.values(leadingTo: targets, from: group, in: graph)
        let passage = MomentPassage(graph: graph, members: members, merging: merging, network: network)
        var known: [ValueID: JointMoments] = [:]
        var sources: [ValueID: MomentSource] = [:]
        for id in graph.nodeIDs {
            let node = graph[id]
            guard let output = node.outputs.first, node.outputs.count == 1, wanted.contains(output) else {
                continue
            }
            let own = node.inputs.enumerated().compactMap { index, input in
                input.flatMap { members[$0]?.first { $0.role == .producer } }.map { (index, $0) }
            }
            if let (index, member) = own.first {
                known[output] = try Self.produced(
                    member, input: index, by: node, merging: merging?.producer, in: graph, network)
                sources[output] = network.channels[graph[output].name]?.source
                continue
            }
            let passing = node.inputs.filter { $0.map { known[$0] != nil } ?? false }
            guard !passing.isEmpty else { continue }
            known[output] = try passage.moments(behind: node, known)
            sources[output] = passing.compactMap { $0.flatMap { sources[$0] } }.max()
        }
        self.sources = sources
        self.known = known.filter { read.contains($0.key) }
        self.group = group
        self.network = network
        self.isMixing = merging != nil
    }

    /// Returns the moments of a value; nil where they are not known.
    package func moments(of value: ValueID) throws -> JointMoments? {
        guard let moments = known[value] else { return nil }
        return try selected.map { try moments.selecting($0) } ?? moments
    }

    /// Returns the moments where a layer reads the channels, and what tells them; nil where they are not known.
    ///
    /// What was measured says nothing of channels that are mixtures, but all of those that are a selection.
    package func read(by layer: ConsumerLayer) throws -> (moments: JointMoments, source: MomentSource)? {
        if !isMixing, let moments = network.measured(group, readBy: layer.member) {
            return (try selected.map { try moments.selecting($0) } ?? moments, .measurement)
        }
        guard let moments = try moments(of: layer.input), let source = sources[layer.input] else {
            return nil
        }
        return (moments, source)
    }

    /// The moments of what a layer makes from one of the group's producing weights.
    private static func produced(
        _ member: GroupMember, input index: Int, by node: Node, merging matrix: Tensor?, in graph: Graph,
        _ network: NetworkMoments
    ) throws -> JointMoments? {
        guard let weight = graph[member.parameter].tensor, let output = node.outputs.first,
            let channels = network.channels[graph[output].name], member.positionsPerChannel == 1
        else { return nil }
        let links = try node.op.axisLinks(
            graph.operatorInputs(node.inputs), outputs: node.outputs.map { graph[$0].type })
        let link = links.first { $0.first == .input(index, member.axis) && $0.role == .producer }
        guard let link, link.lanes == nil, case .output(0) = link.second.slot,
            graph[output].type.shape[link.second.axis] == channels.mean.count
        else { return nil }
        let positions = member.positions.flatMap { $0 }
        let count = positions.count
        let rest = (0..<weight.rank).filter { $0 != member.axis }
        let rows = try weight.converted(to: .float64).selecting(axis: member.axis, positions)
            .permuted([member.axis] + rest).reshaped([count, weight.count / weight.shape[member.axis]])
        let norms = try rows.reduced(.l2Norm, axes: [1], keepingAxes: true)
            .applying(.clamp(low: HermiteExpansion.leastDeviation, high: .infinity))
        let directions = try rows.divided(by: norms)
        let deviation = try Tensor(positions.map { channels.deviation[$0] }, shape: [count, 1])
        let scaled = try directions.multiplied(by: deviation)
        let mean = try Tensor(positions.map { channels.mean[$0] })
        guard let matrix, scaled.shape[1] < count else {
            return try JointMoments(
                mean: mean, covariance: scaled.matrixMultiplied(by: scaled.transposed()), merging: matrix)
        }
        // Where a channel has few weights, merging these is less than merging covariances.
        let joint = try Tensor.concatenated([scaled, matrix.matrixMultiplied(by: scaled)], axis: 0)
        return JointMoments(
            mean: try .concatenated([mean, matrix.matrixMultiplied(by: mean)], axis: 0),
            covariance: try joint.matrixMultiplied(by: joint.transposed()))
    }
}
