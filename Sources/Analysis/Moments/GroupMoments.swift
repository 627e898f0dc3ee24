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
    private var selected: [Int]?
    private var isMixing: Bool

    /// How channels are merged.
    package struct Merging: Sendable {
        /// M, for producers and biases. `[m, n]`
        let producer: ChannelMixture
        /// The matrix for parameters that scale each channel by itself. `[m, n]`
        let perChannel: ChannelMixture

        /// The channels that the merged ones equal; nil if any of them is a mixture.
        let selected: [Int]?

        /// Merges channels by two matrices.
        package init(producer: ChannelMixture, perChannel: ChannelMixture, selected: [Int]? = nil) {
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

    /// The moments of the same channels if some of them are selected, and none are mixed.
    package func selecting(_ channels: [Int]) -> GroupMoments {
        var copy = self
        (copy.selected, copy.isMixing) = (channels, false)
        return copy
    }

    /// Returns the moments of a value; nil if they are not known.
    ///
    /// They are those of all channels and of mixtures of them; selected channels have no positions of their own.
    package func moments(of value: ValueID) -> JointMoments? { known[value] }

    /// Returns the moments, and their source, where a layer reads the channels; nil if they are unknown.
    ///
    /// Measurements cover the channels there are, so they apply to a selection but not to mixtures.
    package func read(by layer: ConsumerLayer) throws -> (moments: JointMoments, source: MomentSource)? {
        if !isMixing, let moments = told.measured(group, readBy: layer.member) {
            return (moments, .measurement)
        }
        guard let moments = known[layer.input], let source = sources[layer.input] else { return nil }
        return (isMixing ? moments : try moments.first(group.width), source)
    }

    /// Returns the moments before and after merging, and their source, where a layer reads the channels; nil if they are
    /// unknown.
    package func merged(
        readBy layer: ConsumerLayer
    ) throws -> (moments: MergedMoments, source: MomentSource)? {
        guard let (moments, source) = try read(by: layer) else { return nil }
        guard let selected else { return (try MergedMoments(moments, width: group.width), source) }
        return (try MergedMoments(moments, selecting: selected), source)
    }

    /// The moments of the outputs of a layer with one of the group's producing weights.
    private static func produced(
        _ member: GroupMember, input index: Int, by id: NodeID, merging matrix: ChannelMixture?,
        in network: AnalysedNetwork, _ told: NetworkMoments
    ) throws -> JointMoments? {
        let graph = network.graph
        guard graph[member.parameter].tensor != nil, let output = graph[id].outputs.first,
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
        // The products rho_ij |w_i| |w_j|.
        let products = try network.weightProducts(of: member)
        let norms = try products.diagonal().applying(.squareRoot)
            .applying(.clamp(low: HermiteExpansion.leastDeviation, high: .infinity))
        let factor = try Tensor(positions.map { channels.deviation[$0] }).divided(by: norms)
        return try JointMoments(
            mean: Tensor(positions.map { channels.mean[$0] }),
            covariance: products.multiplied(by: factor.reshaped([count, 1]))
                .multiplied(by: factor.reshaped([1, count])), merging: matrix)
    }
}
