internal import Coupling
internal import Graph
internal import Torch

/// How a group's moments change behind the nodes that its channels pass through.
struct MomentPassage {
    let graph: Graph
    /// The group's members by their parameters.
    let members: [ValueID: [GroupMember]]
    let merging: GroupMoments.Merging?
    let network: NetworkMoments

    /// The moments behind a node with one output; nil where they cannot be told.
    func moments(behind node: Node, _ known: [ValueID: JointMoments]) throws -> JointMoments? {
        let states = node.inputs.map { $0.flatMap { known[$0] } }
        let present = states.compactMap { $0 }
        switch try node.op.channelEffect(graph.operatorInputs(node.inputs)) {
        case .unknown: return try filtered(node, states)
        case .rectification: return try states.first??.transformed(by: .rectification)
        case .function, .elementwise: return try transformed(node, known)
        case .product: return try transformed(node, known) ?? product(node, states)
        case .arrangement, .average, .maximum: return present.count == 1 ? present.first : nil
        case .sum(let weights): return try sum(node, states, weights) ?? transformed(node, known)
        case .normalisation(let epsilon): return try normalised(node, states, epsilon)
        }
    }

    /// A parameter's numbers for the channels as they are and merged; nil where it is not one number per channel.
    private func perChannelValues(_ node: Node, _ index: Int, merging matrix: Tensor?) throws -> Tensor? {
        guard let id = node.inputs[index], let tensor = graph[id].tensor,
            let member = members[id]?.first, member.positionsPerChannel == 1,
            tensor.count == tensor.shape[member.axis]
        else { return nil }
        let values = try tensor.converted(to: .float64).reshaped([tensor.count])
            .selecting(axis: 0, member.positions.flatMap { $0 })
        guard let matrix else { return values }
        return try .concatenated([values, matrix.matrixMultiplied(by: values)], axis: 0)
    }

    /// Behind a function of single elements, which may be the last of several nodes that compute it.
    private func transformed(_ node: Node, _ known: [ValueID: JointMoments]) throws -> JointMoments? {
        guard let output = node.outputs.first,
            let function = try PointwiseFunction(endingIn: output, in: graph, isSource: { known[$0] != nil }),
            let state = known[function.source]
        else { return nil }
        return try state.transformed(by: function) { node, index in
            try perChannelValues(node, index, merging: merging?.perChannel)
        }
    }

    /// Channels times numbers of their own, stored or computed; what is computed counts as independent of the channels.
    private func product(_ node: Node, _ states: [JointMoments?]) throws -> JointMoments? {
        guard states.count == 2, let place = states.firstIndex(where: { $0 != nil }),
            let state = states[place]
        else { return nil }
        if let other = states[1 - place] { return try state.multiplied(byIndependent: other) }
        return try perChannelValues(node, 1 - place, merging: merging?.perChannel).map {
            try state.scaled(by: $0, shift: Tensor(repeating: 0, shape: [$0.count], type: .float64))
        }
    }

    private func sum(_ node: Node, _ states: [JointMoments?], _ weights: [Double]) throws -> JointMoments? {
        guard weights.count == states.count else { return nil }
        var sum: JointMoments?
        for (index, weight) in weights.enumerated() {
            var term = states[index]
            if term == nil, let shift = try perChannelValues(node, index, merging: merging?.producer) {
                let zero = try Tensor(repeating: 0, shape: [shift.count, shift.count], type: .float64)
                term = JointMoments(mean: shift, covariance: zero)
            }
            guard let term else { return nil }
            sum =
                try sum?.adding(term, times: weight)
                ?? JointMoments(
                    mean: term.mean.applying(.multiplied(weight)),
                    covariance: term.covariance.applying(.multiplied(weight * weight)))
        }
        return sum
    }

    private func normalised(
        _ node: Node, _ states: [JointMoments?], _ epsilon: Double
    ) throws -> JointMoments? {
        guard let state = states.first ?? nil,
            let scale = try perChannelValues(node, 1, merging: merging?.perChannel),
            let shift = try perChannelValues(node, 2, merging: merging?.producer),
            let mean = try perChannelValues(node, 3, merging: merging?.producer),
            let variance = try perChannelValues(node, 4, merging: merging?.perChannel)
        else { return nil }
        let factor = try scale.divided(by: variance.applying(.adding(epsilon)).applying(.squareRoot))
        return try state.scaled(by: factor, shift: shift.subtracting(mean.multiplied(by: factor)))
    }

    /// Behind a depthwise convolution. Where the moments of its outputs are known these are taken, and only the correlations
    /// are derived; merged channels get the mean of the corrections of what they are made of.
    private func filtered(_ node: Node, _ states: [JointMoments?]) throws -> JointMoments? {
        guard let state = states.first ?? nil, node.inputs.count >= 2,
            let member = node.inputs[1].flatMap({ members[$0]?.first }), member.role == .perChannel,
            member.positionsPerChannel == 1, let filter = try PropagatedFilter(node, in: graph),
            let output = node.outputs.first
        else { return nil }
        let channels = member.positions.flatMap { $0 }
        let derived = try filter.output(
            of: state, channels: channels, producer: merging?.producer, perChannel: merging?.perChannel)
        guard let known = network.channels[graph[output].name],
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
            let shares = try merging.producer.multiplied(by: merging.producer)
            let total = try shares.reduced(.sum, axes: [1])
                .applying(.clamp(low: HermiteExpansion.leastDeviation, high: .infinity))
            factor = try .concatenated(
                [factor, shares.matrixMultiplied(by: factor).divided(by: total)], axis: 0)
            excess = try .concatenated([excess, merging.producer.matrixMultiplied(by: excess)], axis: 0)
        }
        return try JointMoments(mean: derived.mean.adding(excess), covariance: derived.covariance)
            .deviating(by: factor)
    }
}
