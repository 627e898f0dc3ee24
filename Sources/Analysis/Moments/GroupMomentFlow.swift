internal import Coupling
internal import Graph
internal import Torch

/// Follows the moments of a group's channels, and of the merged ones, from its producers to its consumers.
///
/// Terms of a sum count as independent; moving and pooling elements leaves the moments unchanged.
struct GroupMomentFlow: MomentFlow {
    let network: AnalysedNetwork
    /// The group's members by their parameters.
    let members: [ValueID: [GroupMember]]
    let merging: GroupMoments.Merging?
    /// The known moments of the network's values.
    let told: NetworkMoments
    /// The moments of the group's channels derived so far.
    var known: [ValueID: JointMoments] = [:]

    func state(of value: ValueID) -> JointMoments? { known[value] }

    func moments(of state: JointMoments) -> JointMoments { state }

    func outcome(
        _ state: JointMoments, _ moments: JointMoments, following source: ValueID, slope: Tensor
    ) -> JointMoments { moments }

    func carriesOutput(_ input: Int, of node: Node) -> Bool { true }

    func isAligned(_ first: JointMoments, _ second: JointMoments) -> Bool { true }

    func stored(
        _ input: Int, of node: Node, as use: StoredUse, beside state: JointMoments
    ) throws -> Tensor? {
        switch use {
        case .factor, .normalisingFactor: try perChannelValues(node, input, merging: merging?.perChannel)
        case .normalisingShift: try perChannelValues(node, input, merging: merging?.producer)
        }
    }

    /// A parameter's numbers for the channels, before and after merging; nil if it is not one number per
    /// channel.
    private func perChannelValues(_ node: Node, _ index: Int, merging mixture: ChannelMixture?) throws
        -> Tensor?
    {
        guard let id = node.inputs[index], let tensor = graph[id].tensor,
            let member = members[id]?.first, member.positionsPerChannel == 1,
            tensor.count == tensor.shape[member.axis]
        else { return nil }
        let values = try tensor.converted(to: .float64).reshaped([tensor.count])
            .selecting(axis: 0, member.positions.flatMap { $0 })
        guard let mixture else { return values }
        return try .concatenated([values, mixture.applied(to: values)], axis: 0)
    }

    func arranged(_ id: NodeID) -> JointMoments? {
        let present = states(graph[id]).compactMap { $0 }
        return present.count == 1 ? present.first : nil
    }

    func averaged(_ id: NodeID, over count: Int) -> JointMoments? { arranged(id) }

    func maximised(_ id: NodeID, over count: Int) -> JointMoments? { arranged(id) }

    func summed(_ id: NodeID, _ weights: [Double]) throws -> JointMoments? {
        let node = graph[id]
        let states = states(node)
        guard weights.count == states.count else { return nil }
        var sum: (mean: Tensor, covariance: Tensor?)?
        for (index, weight) in weights.enumerated() {
            let state = states[index]
            let own = try state?.mean ?? perChannelValues(node, index, merging: merging?.producer)
            guard let own else { return nil }
            let mean = try weight == 1 ? own : own.applying(.multiplied(weight))
            // Stored shifts do not vary.
            let covariance = try state.map {
                try weight.magnitude == 1
                    ? $0.covariance : $0.covariance.applying(.multiplied(weight * weight))
            }
            guard let before = sum else {
                sum = (mean, covariance)
                continue
            }
            let joined =
                if let one = before.covariance, let other = covariance { try one.adding(other) } else {
                    before.covariance ?? covariance
                }
            sum = (try before.mean.adding(mean), joined)
        }
        return sum.flatMap { sum in sum.covariance.map { JointMoments(mean: sum.mean, covariance: $0) } }
    }

    /// Known moments of a filter's outputs are used, and only the correlations are derived; merged channels
    /// get the mean of the corrections of the channels merged into them.
    func filtered(_ id: NodeID) throws -> JointMoments? {
        let node = graph[id]
        guard let state = states(node).first ?? nil, node.inputs.count >= 2,
            let member = node.inputs[1].flatMap({ members[$0]?.first }), member.role == .perChannel,
            member.positionsPerChannel == 1, let filter = try PropagatedFilter(id, in: network),
            let output = node.outputs.first
        else { return nil }
        let channels = member.positions.flatMap { $0 }
        let derived = try filter.output(
            of: state, channels: channels, producer: merging?.producer, perChannel: merging?.perChannel)
        guard let known = told.channels[graph[output].name],
            channels.allSatisfy(known.mean.indices.contains)
        else { return derived }
        let count = channels.count
        let mean = try Tensor(channels.map { known.mean[$0] })
        let deviation = try Tensor(channels.map { known.deviation[$0] })
        let own = try derived.deviation().sliced(axis: 0, 0..<count)
            .applying(.clamp(low: HermiteExpansion.leastDeviation, high: .infinity))
        var factor = try deviation.divided(by: own)
        var excess = try mean.subtracting(derived.mean.sliced(axis: 0, 0..<count))
        if let merging {
            let mean = try merging.producer.squareMeans(of: factor, least: HermiteExpansion.leastDeviation)
            factor = try .concatenated([factor, mean], axis: 0)
            excess = try .concatenated([excess, merging.producer.applied(to: excess)], axis: 0)
        }
        return try JointMoments(mean: derived.mean.adding(excess), covariance: derived.covariance)
            .deviating(by: factor)
    }
}
