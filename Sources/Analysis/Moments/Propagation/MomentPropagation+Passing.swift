internal import Coupling
internal import Graph
internal import Torch

extension MomentPropagation {
    func state(of value: ValueID) -> ChannelState? { states[value] }

    func moments(of state: ChannelState) -> JointMoments { state.moments }

    func outcome(
        _ state: ChannelState, _ moments: JointMoments, following source: ValueID, slope: Tensor
    ) -> Derived { (state.with(moments), .scaled(source, slope)) }

    func carriesOutput(_ input: Int, of node: Node) -> Bool {
        guard let value = node.inputs[input], let output = node.outputs.first else { return false }
        return graph[value].type.shape == graph[output].type.shape
    }

    func isAligned(_ first: ChannelState, _ second: ChannelState) -> Bool {
        first.axis == second.axis && first.channels == second.channels
    }

    func stored(
        _ input: Int, of node: Node, as use: StoredUse, beside state: ChannelState
    ) throws -> Tensor? {
        guard let value = node.inputs[input], state.isPlain else { return nil }
        switch use {
        case .normalisingFactor, .normalisingShift:
            return try graph[value].tensor?.converted(to: .float64).matching(count: state.width)
        case .factor:
            guard let stored = graph[value].known, stored.count == state.width,
                let output = node.outputs.first
            else { return nil }
            let place = state.axis - graph[output].type.shape.count + stored.rank
            guard stored.shape.indices.contains(place), stored.shape[place] == stored.count else {
                return nil
            }
            return try stored.converted(to: .float64).reshaped([stored.count])
        }
    }

    func averaged(_ id: NodeID, over count: Int) throws -> Derived? {
        guard let source = graph[id].inputs.first ?? nil, let state = states[source],
            let arranged = try arranged(id)
        else { return nil }
        let shrunk = try state.moments.covariance.applying(
            .multiplied(SpatialModel.averagedVariance(over: count)))
        return outcome(
            arranged.state, JointMoments(mean: state.moments.mean, covariance: shrunk), following: source,
            slope: try Tensor(repeating: 1, shape: [state.width], type: .float64))
    }

    func maximised(_ id: NodeID, over count: Int) throws -> Derived? {
        guard let source = graph[id].inputs.first ?? nil, let state = states[source],
            let arranged = try arranged(id), let (moments, slope) = try maximum(state, source, of: count)
        else { return nil }
        return outcome(arranged.state, moments, following: source, slope: slope)
    }

    func filtered(_ id: NodeID) throws -> Derived? {
        guard let filter = try PropagatedFilter(id, in: network), let input = states[filter.input],
            let (moments, factor) = try filter.output(of: input)
        else { return nil }
        return outcome(input, moments, following: filter.input, slope: factor)
    }

    /// The largest of several positions of each channel, taken as normal; a rectifier before it is applied
    /// after it instead, with the same result.
    private func maximum(
        _ state: ChannelState, _ source: ValueID, of count: Int
    ) throws -> (moments: JointMoments, slope: Tensor)? {
        let (mean, variance) = SpatialModel.greatest(of: count)
        func greatest(_ moments: JointMoments) throws -> JointMoments {
            JointMoments(
                mean: try moments.mean.adding(moments.deviation().applying(.multiplied(mean))),
                covariance: try moments.covariance.applying(.multiplied(variance)))
        }
        if case .node(let id) = graph[source].origin, let input = graph[id].inputs.first ?? nil,
            case .rectification = try network.effect(of: id),
            let before = states[input]
        {
            let moments = try greatest(before.moments).expanded(by: .rectification).moments
            let slope = try moments.deviation().divided(
                by: state.moments.deviation().applying(
                    .clamp(low: HermiteExpansion.leastDeviation, high: .infinity)))
            return (moments, slope)
        }
        let slope = try Tensor(repeating: variance.squareRoot(), shape: [state.width], type: .float64)
        return (try greatest(state.moments), slope)
    }

    /// Channels that are moved, repeated, left out, or joined with those of other values; lanes without a
    /// source are zero.
    func arranged(_ id: NodeID) throws -> Derived? {
        let node = graph[id]
        let known = states(node)
        let outputs = node.outputs.map { graph[$0].type }
        let links =
            try network.links(of: id)
            + node.op.axisAlternatives(graph.operatorInputs(node.inputs), outputs: outputs).flatMap { $0 }
        // For each lane of an output axis, the input and the lane that it comes from.
        var axis: Int?
        var origins: [(input: Int, lane: Int)?] = []
        for link in links {
            let pair: (input: AxisReference, output: AxisReference, isSwapped: Bool)
            switch (link.first.slot, link.second.slot) {
            case (.input, .output(0)): pair = (link.first, link.second, false)
            case (.output(0), .input): pair = (link.second, link.first, true)
            default: continue
            }
            guard case .input(let index) = pair.input.slot, let state = known[index],
                state.axis == pair.input.axis
            else { continue }
            let length = outputs[0].shape[pair.output.axis]
            guard axis == nil || axis == pair.output.axis else { return nil }
            if axis == nil { origins = .init(repeating: nil, count: length) }
            axis = pair.output.axis
            guard let lanes = link.lanes else {
                guard length == state.channels.count else { return nil }
                for lane in 0..<length { origins[lane] = (index, lane) }
                continue
            }
            for lane in lanes {
                let (from, to) = pair.isSwapped ? (lane.second, lane.first) : (lane.first, lane.second)
                guard origins.indices.contains(to), state.channels.indices.contains(from) else { return nil }
                origins[to] = (index, from)
            }
        }
        // All elements belong to the one channel, wherever they go.
        if axis == nil, let value = node.inputs.first ?? nil, let state = known.first ?? nil,
            state.width == 1,
            let shape = outputs.first?.shape, shape.count > 1
        {
            let ones = try Tensor(repeating: 1, shape: [1], type: .float64)
            return (
                ChannelState(
                    axis: 1, channels: [Int](repeating: 0, count: shape[1]), moments: state.moments),
                .scaled(value, ones)
            )
        }
        guard let axis, let type = outputs.first else { return nil }
        // Everything else joined on this axis must be known.
        let used = Set(origins.compactMap { $0?.input })
        for (index, input) in node.inputs.enumerated() where !used.contains(index) {
            if let input, graph[input].type.shape.count == type.shape.count, node.inputs.count > 1,
                graph[input].tensor == nil
            {
                return nil
            }
        }
        if used.count == 1, let index = used.first, let state = known[index], let value = node.inputs[index],
            origins.allSatisfy({ $0 != nil })
        {
            let channels = origins.compactMap { $0.map { state.channels[$0.lane] } }
            if Set(channels).count == state.width {
                let ones = try Tensor(repeating: 1, shape: [state.width], type: .float64)
                return (
                    ChannelState(axis: axis, channels: channels, moments: state.moments), .scaled(value, ones)
                )
            }
        }
        return try joined(node, known, origins, axis: axis)
    }

    /// Puts channels of several values, or some of one, side by side.
    private func joined(
        _ node: Node, _ known: [ChannelState?], _ origins: [(input: Int, lane: Int)?], axis: Int
    ) throws -> Derived? {
        let used = Set(origins.compactMap { $0?.input }).sorted()
        guard used.allSatisfy({ known[$0]?.isPlain ?? false }) else { return nil }
        var offsets: [Int: Int] = [:]
        var (means, rows): ([Tensor], [Tensor]) = ([], [])
        var total = 0
        for index in used {
            offsets[index] = total
            total += known[index]?.width ?? 0
        }
        for row in used {
            guard let state = known[row], let value = node.inputs[row] else { return nil }
            means.append(state.moments.mean)
            rows.append(
                try .concatenated(
                    used.map { column in
                        guard let other = known[column], let second = node.inputs[column] else {
                            throw GraphError("an input is missing", node: node.name)
                        }
                        return try self.covariance(of: value, and: second)
                            ?? Tensor(repeating: 0, shape: [state.width, other.width], type: .float64)
                    }, axis: 1))
        }
        // One more channel, which is always zero.
        let zeroColumn = try Tensor(repeating: 0, shape: [total, 1], type: .float64)
        let zeroRow = try Tensor(repeating: 0, shape: [1, total + 1], type: .float64)
        let mean = try Tensor.concatenated(means + [Tensor([0.0])], axis: 0)
        let covariance = try Tensor.concatenated(
            [.concatenated([.concatenated(rows, axis: 0), zeroColumn], axis: 1), zeroRow], axis: 0)
        let places = origins.map { origin in
            origin.flatMap { origin in offsets[origin.input].map { $0 + origin.lane } } ?? total
        }
        let moments = JointMoments(
            mean: try mean.selecting(axis: 0, places),
            covariance: try covariance.selecting(axis: 0, places).selecting(axis: 1, places))
        return (
            ChannelState(axis: axis, moments: moments),
            .gathered(
                origins.map { origin in
                    origin.flatMap { origin in
                        node.inputs[origin.input].map { (value: $0, channel: origin.lane) }
                    }
                })
        )
    }

    /// Sums of values and of constants per channel, with the covariance of each pair.
    func summed(_ id: NodeID, _ weights: [Double]) throws -> Derived? {
        let node = graph[id]
        let known = states(node)
        guard weights.count == known.count, let state = known.lazy.compactMap({ $0 }).first,
            let type = node.outputs.first.map({ graph[$0].type }), !type.shape.isEmpty
        else { return nil }
        let links = try network.links(of: id)
        var axis: Int?
        var mean = try Tensor(repeating: 0, shape: [state.width], type: .float64)
        var covariance = try Tensor(repeating: 0, shape: [state.width, state.width], type: .float64)
        var terms: [(value: ValueID, weight: Double)] = []
        for (index, weight) in weights.enumerated() {
            guard let input = node.inputs[index], let term = known[index] else { continue }
            let link = links.first { $0.first == .input(index, term.axis) && $0.lanes == nil }
            guard let link, case .output(0) = link.second.slot, axis == nil || axis == link.second.axis,
                term.channels == state.channels
            else { return nil }
            axis = link.second.axis
            mean = try mean.adding(term.moments.mean.applying(.multiplied(weight)))
            covariance = try covariance.adding(term.moments.covariance.applying(.multiplied(weight * weight)))
            for other in terms {
                guard
                    let crossing = try self.covariance(of: input, and: other.value)?
                        .applying(.multiplied(weight * other.weight))
                else { continue }
                covariance = try covariance.adding(crossing).adding(crossing.transposed())
            }
            terms.append((input, weight))
        }
        guard let axis else { return nil }
        for (index, weight) in weights.enumerated() where known[index] == nil {
            guard let input = node.inputs[index], let constant = graph[input].tensor else { return nil }
            let values = try constant.converted(to: .float64).reshaped([constant.count])
            if constant.count == 1 {
                mean = try mean.adding(values.applying(.multiplied(weight)))
                continue
            }
            let link = links.first {
                $0.first.slot == .input(index) && $0.second == .output(0, axis) && $0.lanes == nil
            }
            guard let link, constant.shape[link.first.axis] == constant.count, state.isPlain,
                constant.count == state.width
            else { return nil }
            mean = try mean.adding(values.applying(.multiplied(weight)))
        }
        return (
            ChannelState(
                axis: axis, channels: state.channels,
                moments: JointMoments(mean: mean, covariance: covariance)), .sum(terms)
        )
    }
}

extension Tensor {
    /// The tensor if it has this number of elements, otherwise nil.
    fileprivate func matching(count: Int) -> Tensor? { self.count == count ? self : nil }
}
