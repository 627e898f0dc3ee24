internal import Graph
internal import Torch

/// Passes the moments of channels from node to node: the one interpreter of `ChannelEffect`.
///
/// The conformer decides how channels lie on values and what is known about them: `GroupMomentFlow` follows
/// one group and its merged channels, `MomentPropagation` all channels of a network.
protocol MomentFlow {
    /// The state of a value.
    associatedtype State
    /// The state of a node's output.
    associatedtype Outcome

    var network: AnalysedNetwork { get }

    /// Returns the state of a value.
    func state(of value: ValueID) -> State?

    /// Returns the moments in a state, one for each of its channels.
    func moments(of state: State) -> JointMoments

    /// Returns a state with other moments of the same channels, which follow those of another value to first
    /// order with the given slopes.
    func outcome(_ state: State, _ moments: JointMoments, following source: ValueID, slope: Tensor) -> Outcome

    /// Whether the channels of an input are laid out like those of the node's output.
    func carriesOutput(_ input: Int, of node: Node) -> Bool

    /// Whether two states have the same channels and so can be multiplied.
    func isAligned(_ first: State, _ second: State) -> Bool

    /// Returns a stored input's numbers, one per channel; nil if it holds anything else.
    func stored(_ input: Int, of node: Node, as use: StoredUse, beside state: State) throws -> Tensor?

    /// After a node that moves, repeats, leaves out or joins elements.
    func arranged(_ id: NodeID) throws -> Outcome?

    /// After a node that averages several elements of each channel.
    func averaged(_ id: NodeID, over count: Int) throws -> Outcome?

    /// After a node that takes the largest of several elements of each channel.
    func maximised(_ id: NodeID, over count: Int) throws -> Outcome?

    /// After a weighted sum.
    func summed(_ id: NodeID, _ weights: [Double]) throws -> Outcome?

    /// After a layer that filters each channel by itself.
    func filtered(_ id: NodeID) throws -> Outcome?
}

/// How a stored vector acts on channels, which decides how it is merged.
enum StoredUse {
    /// It multiplies them, broadcast against the output.
    case factor
    /// It belongs to a normalisation and multiplies them.
    case normalisingFactor
    /// It belongs to a normalisation and is added to them.
    case normalisingShift
}

extension MomentFlow {
    var graph: Graph { network.graph }

    /// Returns the state after a node that does not mix channels; nil if nothing is known.
    func outcome(behind id: NodeID) throws -> Outcome? {
        let node = graph[id]
        switch try network.effect(of: id) {
        case .unknown, .matrixProduct: return nil
        case .rectification:
            guard let source = node.inputs.first ?? nil, let state = state(of: source) else { return nil }
            let (moments, slope) = try moments(of: state).expanded(by: .rectification)
            return outcome(state, moments, following: source, slope: slope)
        case .function, .elementwise: return try transformed(node)
        case .product: return try transformed(node) ?? product(node)
        case .sum(let weights): return try summed(id, weights) ?? transformed(node)
        case .arrangement: return try arranged(id)
        case .average(let count): return try averaged(id, over: count)
        case .maximum(let count): return try maximised(id, over: count)
        case .normalisation(let epsilon): return try normalised(node, epsilon)
        case .filter: return try filtered(id)
        }
    }

    /// The state of each input.
    func states(_ node: Node) -> [State?] { node.inputs.map { $0.flatMap(state(of:)) } }

    /// After a function of single elements, which may be the last of several nodes that compute it.
    private func transformed(_ node: Node) throws -> Outcome? {
        guard let output = node.outputs.first,
            let function = try PointwiseFunction(
                endingIn: output, in: network, isSource: { state(of: $0) != nil }),
            let state = state(of: function.source),
            let (moments, slope) = try moments(of: state).expanded(
                by: function,
                constants: { node, index in try stored(index, of: node, as: .factor, beside: state) })
        else { return nil }
        return outcome(state, moments, following: function.source, slope: slope)
    }

    /// Channels times one number each, stored or computed; a computed one counts as independent of the
    /// channels.
    private func product(_ node: Node) throws -> Outcome? {
        let states = states(node)
        guard states.count == 2,
            let place = states.indices.first(where: { states[$0] != nil && carriesOutput($0, of: node) }),
            let state = states[place], let source = node.inputs[place]
        else { return nil }
        if let other = states[1 - place] {
            guard isAligned(state, other) else { return nil }
            let factor = moments(of: other)
            return outcome(
                state, try moments(of: state).multiplied(byIndependent: factor), following: source,
                slope: factor.mean)
        }
        return try stored(1 - place, of: node, as: .factor, beside: state).map { factor in
            let zero = try Tensor(repeating: 0, shape: [factor.count], type: .float64)
            return outcome(
                state, try moments(of: state).scaled(by: factor, shift: zero), following: source,
                slope: factor)
        }
    }

    private func normalised(_ node: Node, _ epsilon: Double) throws -> Outcome? {
        guard let source = node.inputs.first ?? nil, let state = state(of: source),
            let scale = try stored(1, of: node, as: .normalisingFactor, beside: state),
            let shift = try stored(2, of: node, as: .normalisingShift, beside: state),
            let mean = try stored(3, of: node, as: .normalisingShift, beside: state),
            let variance = try stored(4, of: node, as: .normalisingFactor, beside: state)
        else { return nil }
        let factor = try scale.divided(by: variance.applying(.adding(epsilon)).applying(.squareRoot))
        let moments = try moments(of: state).scaled(
            by: factor, shift: shift.subtracting(mean.multiplied(by: factor)))
        return outcome(state, moments, following: source, slope: factor)
    }
}
