internal import Analysis
internal import Graph
internal import Torch

/// A place where the channels of a value can be scaled and shifted through stored parameters.
struct AffineOutput {
    /// The value.
    let output: ValueID
    /// The axis of its channels.
    let axis: Int
    /// The parameters that are scaled, each with the axis that holds the channels.
    let scaled: [(parameter: ValueID, axis: Int)]
    /// The parameter that is scaled and shifted, one number per channel.
    let bias: ValueID

    /// Finds the place at a node's output: a layer with a bias, the sum of a layer's output and a stored vector, or a
    /// batch-norm.
    ///
    /// - Returns: nil if it is none of these, or if a parameter has other users.
    init?(at id: NodeID, in network: AnalysedNetwork) throws {
        let (graph, users) = (network.graph, network.readers)
        let node = graph[id]
        guard node.outputs.count == 1 else { return nil }
        func isOwn(_ id: ValueID, of node: NodeID) -> Bool {
            graph[id].tensor != nil && users[id] == [node] && !graph.outputs.contains(id)
        }
        output = node.outputs[0]
        let effect = try network.effect(of: id)
        if case .normalisation = effect {
            guard node.inputs.count > 2, let scale = node.inputs[1], let shift = node.inputs[2],
                isOwn(scale, of: id), isOwn(shift, of: id)
            else { return nil }
            (axis, scaled, bias) = (1, [(scale, 0)], shift)
            return
        }
        let links = try network.links(of: id)
        if let biasInput = node.op.biasInput {
            guard node.inputs.indices.contains(biasInput), let bias = node.inputs[biasInput],
                isOwn(bias, of: id), let weight = Self.weight(of: id, graph, links),
                isOwn(weight.parameter, of: id),
                graph[output].type.shape[weight.output] == graph[bias].type.count
            else { return nil }
            (axis, scaled, self.bias) = (weight.output, [(weight.parameter, weight.axis)], bias)
            return
        }
        guard case .sum(let weights) = effect, weights == [1, 1], node.inputs.count == 2 else { return nil }
        for (index, input) in node.inputs.enumerated() {
            guard let bias = input, isOwn(bias, of: id), let product = node.inputs[1 - index],
                users[product] == [id], !graph.outputs.contains(product),
                case .node(let source) = graph[product].origin,
                graph[source].op.biasInput == nil,
                let weight = Self.weight(of: source, graph, try network.links(of: source)),
                isOwn(weight.parameter, of: source), graph[output].type.shape == graph[product].type.shape,
                let shift = links.first(where: {
                    $0.first.slot == .input(index) && $0.second == .output(0, weight.output)
                        && $0.role == .bias
                }), graph[bias].type.count == graph[output].type.shape[weight.output],
                graph[bias].type.shape[shift.first.axis] == graph[bias].type.count
            else { continue }
            (axis, scaled, self.bias) = (weight.output, [(weight.parameter, weight.axis)], bias)
            return
        }
        return nil
    }

    /// The stored weight whose slices make a node's output channels.
    private static func weight(
        of id: NodeID, _ graph: Graph, _ links: [AxisLink]
    ) -> (parameter: ValueID, axis: Int, output: Int)? {
        for link in links where link.lanes == nil && (link.role == .producer || link.role == .perChannel) {
            guard case .input(let index) = link.first.slot, case .output(0) = link.second.slot,
                let parameter = graph[id].inputs[index], let tensor = graph[parameter].tensor, tensor.rank > 1
            else { continue }
            return (parameter, link.first.axis, link.second.axis)
        }
        return nil
    }

    /// Returns the parameters with the channels scaled and shifted.
    func applying(_ change: ChannelAffine, in graph: Graph) throws -> [ValueID: Tensor] {
        var result: [ValueID: Tensor] = [:]
        for (parameter, axis) in scaled {
            guard let tensor = graph[parameter].tensor else { continue }
            let factor = ChannelAffine(axis: axis, factor: change.factor, shift: change.factor.map { _ in 0 })
            result[parameter] = try factor.applied(to: tensor.converted(to: .float64)).converted(
                to: tensor.type)
        }
        guard let tensor = graph[bias].tensor else { return result }
        let whole = ChannelAffine(axis: 0, factor: change.factor, shift: change.shift)
        result[bias] = try whole.applied(to: tensor.converted(to: .float64).reshaped([tensor.count]))
            .reshaped(tensor.shape).converted(to: tensor.type)
        return result
    }
}
