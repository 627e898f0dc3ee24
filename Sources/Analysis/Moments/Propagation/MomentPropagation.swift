internal import Coupling
package import Graph
package import Torch

/// The means and covariances of all channels of a network, starting from its inputs.
///
/// Inputs have mean zero and variance one in every channel. Layers mix channels exactly, `E[y] = W E[x] + b`
/// and `Cov(y) = W Cov(x) W^T`, for kernels with the positions' correlation of `SpatialModel`; after
/// activations, moments follow by Hermite expansion as if the input were normal. Means and deviations of
/// batch-norms are used where there are any; then only correlations are derived.
package struct MomentPropagation: MomentFlow, Sendable {
    /// The state of each value.
    package private(set) var states: [ValueID: ChannelState] = [:]
    private var steps: [ValueID: ChannelStep] = [:]
    /// The factors of steps where a batch-norm's deviations differ from the derived ones. `[n]`
    private var corrections: [ValueID: Tensor] = [:]
    private var order: [ValueID: Int] = [:]
    let network: AnalysedNetwork

    /// Propagates moments through a network.
    package init(_ network: AnalysedNetwork, anchors: [String: NetworkMoments.Channels] = [:]) throws {
        self.network = network
        for input in graph.inputs { try begin(input) }
        for id in graph.nodeIDs {
            let node = graph[id]
            guard node.outputs.count == 1, let output = node.outputs.first else { continue }
            order[output] = id.number
            var derived = try derive(id)
            if let anchor = anchors[graph[output].name] {
                if derived == nil { derived = try restart(id) }
                derived = try derived.map { try anchored($0, output, to: anchor) }
            }
            if let (state, step) = derived, try state.moments.isFinite() {
                states[output] = state
                steps[output] = step
            }
        }
    }

    /// Starts at an input of floating-point numbers: channels are on axis 1.
    private mutating func begin(_ input: ValueID) throws {
        let type = graph[input].type
        guard type.element.isFloatingPoint, type.shape.count >= 2 else { return }
        let count = type.shape[1]
        states[input] = ChannelState(
            axis: 1,
            moments: try JointMoments(
                mean: Tensor(repeating: 0, shape: [count], type: .float64), covariance: .identity(count)))
        order[input] = -1
    }

    /// The outputs of a layer for independent inputs of variance one, if the state of its input is unknown.
    private func restart(_ id: NodeID) throws -> Derived? {
        guard let layer = try PropagatedLayer(id, in: network) else { return nil }
        let input = try layer.independentInput()
        return try layer.output(of: input).map {
            (ChannelState(axis: layer.outputAxis, moments: $0.moments), nil)
        }
    }

    /// Takes means and deviations from a batch-norm.
    private mutating func anchored(
        _ derived: Derived, _ output: ValueID, to anchor: NetworkMoments.Channels
    ) throws -> Derived {
        let state = derived.state
        guard state.isPlain, state.width == anchor.mean.count else { return derived }
        let deviation = try state.moments.deviation()
            .applying(.clamp(low: HermiteExpansion.leastDeviation, high: .infinity))
        let factor = try Tensor(anchor.deviation).divided(by: deviation)
        corrections[output] = factor
        let scaled = try state.moments.scaled(
            by: factor, shift: Tensor(repeating: 0, shape: [state.width], type: .float64))
        return (
            state.with(JointMoments(mean: try Tensor(anchor.mean), covariance: scaled.covariance)),
            derived.step
        )
    }

    typealias Derived = (state: ChannelState, step: ChannelStep?)

    private func derive(_ id: NodeID) throws -> Derived? {
        guard let layer = try PropagatedLayer(id, in: network) else { return try outcome(behind: id) }
        guard let input = states[layer.input], let (moments, mixture) = try layer.output(of: input) else {
            return nil
        }
        return (ChannelState(axis: layer.outputAxis, moments: moments), .mixed(layer.input, mixture))
    }

    /// The covariance of two values' channels; nil if it is unknown. `[first, second]`
    package func covariance(of first: ValueID, and second: ValueID) throws -> Tensor? {
        var memory: [Pair: Tensor?] = [:]
        return try covariance(first, second, &memory)
    }

    private struct Pair: Hashable {
        let first: ValueID
        let second: ValueID
    }

    private func covariance(_ first: ValueID, _ second: ValueID, _ memory: inout [Pair: Tensor?]) throws
        -> Tensor?
    {
        if first == second { return states[first]?.moments.covariance }
        guard let a = order[first], let b = order[second], states[first] != nil, states[second] != nil else {
            return nil
        }
        if a < b { return try covariance(second, first, &memory)?.transposed() }
        let pair = Pair(first: first, second: second)
        if let known = memory[pair] { return known }
        let result = try follow(first, second, &memory)
        memory[pair] = .some(result)
        return result
    }

    private func follow(_ first: ValueID, _ second: ValueID, _ memory: inout [Pair: Tensor?]) throws
        -> Tensor?
    {
        guard let step = steps[first], let width = states[first]?.width, let other = states[second]?.width
        else { return nil }
        var result: Tensor?
        switch step {
        case .scaled(let value, let factor):
            result = try covariance(value, second, &memory)?.multiplied(by: factor.reshaped([width, 1]))
        case .mixed(let value, let matrix):
            result = try covariance(value, second, &memory).map { try matrix.matrixMultiplied(by: $0) }
        case .sum(let terms):
            for term in terms {
                guard
                    let part = try covariance(term.value, second, &memory)?.applying(.multiplied(term.weight))
                else { continue }
                result = try result?.adding(part) ?? part
            }
        case .gathered(let sources):
            var rows: [Tensor] = []
            var parts: [ValueID: Tensor?] = [:]
            for source in sources {
                guard let source else {
                    rows.append(try Tensor(repeating: 0, shape: [1, other], type: .float64))
                    continue
                }
                if parts[source.value] == nil {
                    parts[source.value] = .some(try covariance(source.value, second, &memory))
                }
                guard let part = parts[source.value] ?? nil else {
                    rows.append(try Tensor(repeating: 0, shape: [1, other], type: .float64))
                    continue
                }
                rows.append(try part.sliced(axis: 0, source.channel..<(source.channel + 1)))
            }
            result = try .concatenated(rows, axis: 0)
        }
        guard let correction = corrections[first] else { return result }
        return try result?.multiplied(by: correction.reshaped([width, 1]))
    }
}

extension JointMoments {
    /// Whether all numbers are finite.
    func isFinite() throws -> Bool { try mean.isFinite() && covariance.isFinite() }
}
