package import Coupling
package import Graph
package import Torch

/// The joint moments of a group's channels, before and after merging, wherever a layer reads them.
///
/// They start at the group's producers, where channels are taken as jointly normal with the network's known
/// moments and the correlation `rho_ij = w_i . w_j / (|w_i| |w_j|)` of the weights that make them; merged
/// channels are `z' = M z`. From there they follow the graph (`GroupMomentFlow`): activations of any number
/// of nodes by Hermite expansion, sums by adding moments, gates as independent of what they scale, depthwise
/// convolutions by their kernels.
package struct GroupMoments: Sendable {
    /// The moments by value; values without known moments are missing.
    private let known: [ValueID: JointMoments]
    /// The source of a value's moments: the least certain of its inputs'.
    private let sources: [ValueID: MomentSource]
    private let group: CoupledGroup
    private let told: NetworkMoments
    /// The channels that the merged ones equal, if they are a selection: then the moments of all channels
    /// apply.
    private let selected: [Int]?
    private let isMixing: Bool

    /// How channels are merged.
    package struct Merging: Sendable {
        /// M, for producers and biases. `[m, n]`, double precision
        let producer: Tensor
        /// The matrix for parameters that scale each channel by itself. `[m, n]`, double precision
        let perChannel: Tensor

        /// The channels that the merged ones equal; nil if any of them is a mixture.
        let selected: [Int]?

        /// Merges channels by two matrices.
        package init(producer: Tensor, perChannel: Tensor, selected: [Int]? = nil) {
            self.producer = producer
            self.perChannel = perChannel
            self.selected = selected
        }
    }

    /// Derives the moments of a group's n channels, and of the m merged ones if a merging is given.
    ///
    /// - Parameter targets: The requested values; nil is those that layers read.
    package init(
        _ group: CoupledGroup, in network: AnalysedNetwork, merging: Merging? = nil,
        targets: Set<ValueID>? = nil
    ) throws {
        self.selected = merging?.selected
        self.group = group
        told = try network.moments()
        // Selected channels keep the moments they have among all.
        let merging = merging?.selected == nil ? merging : nil
        isMixing = merging != nil
        let graph = network.graph
        let (wanted, read) = try Self.values(leadingTo: targets, from: group, in: network)
        var flow = GroupMomentFlow(
            network: network, members: Dictionary(grouping: group.members, by: \.parameter), merging: merging,
            told: told)
        var sources: [ValueID: MomentSource] = [:]
        for id in graph.nodeIDs {
            let node = graph[id]
            guard let output = node.outputs.first, node.outputs.count == 1, wanted.contains(output) else {
                continue
            }
            let own = node.inputs.enumerated().compactMap { index, input in
                input.flatMap { flow.members[$0]?.first { $0.role == .producer } }.map { (index, $0) }
            }
            if let (index, member) = own.first {
                flow.known[output] = try Self.produced(
                    member, input: index, by: id, merging: merging?.producer, in: network, told)
                sources[output] = told.channels[graph[output].name]?.source
                continue
            }
            let passing = node.inputs.filter { $0.map { flow.known[$0] != nil } ?? false }
            guard !passing.isEmpty else { continue }
            flow.known[output] = try flow.outcome(behind: id)
            sources[output] = passing.compactMap { $0.flatMap { sources[$0] } }.max()
        }
        self.sources = sources
        known = flow.known.filter { read.contains($0.key) }
    }

    /// Returns the moments of a value; nil if they are not known.
    package func moments(of value: ValueID) throws -> JointMoments? {
        guard let moments = known[value] else { return nil }
        return try selected.map { try moments.selecting($0) } ?? moments
    }

    /// Returns the moments, and their source, where a layer reads the channels; nil if they are unknown.
    ///
    /// Measurements cover the channels there are, so they apply to a selection but not to mixtures.
    package func read(by layer: ConsumerLayer) throws -> (moments: JointMoments, source: MomentSource)? {
        if !isMixing, let moments = told.measured(group, readBy: layer.member) {
            return (try selected.map { try moments.selecting($0) } ?? moments, .measurement)
        }
        guard let moments = try moments(of: layer.input), let source = sources[layer.input] else {
            return nil
        }
        return (moments, source)
    }

    /// The moments of the outputs of a layer with one of the group's producing weights.
    private static func produced(
        _ member: GroupMember, input index: Int, by id: NodeID, merging matrix: Tensor?,
        in network: AnalysedNetwork, _ told: NetworkMoments
    ) throws -> JointMoments? {
        let graph = network.graph
        guard let weight = graph[member.parameter].tensor, let output = graph[id].outputs.first,
            let channels = told.channels[graph[output].name], member.positionsPerChannel == 1
        else { return nil }
        let link = try network.links(of: id).first {
            $0.first == .input(index, member.axis) && $0.role == .producer
        }
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
        // With few weights per channel, merging these is cheaper than merging covariances.
        let joint = try Tensor.concatenated([scaled, matrix.matrixMultiplied(by: scaled)], axis: 0)
        return JointMoments(
            mean: try .concatenated([mean, matrix.matrixMultiplied(by: mean)], axis: 0),
            covariance: try joint.matrixMultiplied(by: joint.transposed()))
    }
}
