internal import Coupling
package import Graph
internal import Torch

/// The stored vector that shifts a layer's outputs and nothing else: the layer's own bias, or what the one node that reads
/// the outputs adds to them.
///
/// Exporters write the bias of a layer over sequences as an addition after the product.
package struct LayerBias {
    /// The vector, one number per output.
    package let parameter: ValueID
    /// Its axis that holds these numbers.
    package let axis: Int

    /// Finds the bias; nil if there is none or something else reads it.
    ///
    /// - Parameters:
    ///   - id: The layer.
    ///   - outputAxis: The axis of the layer's output that holds its channels.
    package init?(of id: NodeID, outputAxis: Int, in network: AnalysedNetwork) throws {
        let (graph, users) = (network.graph, network.readers)
        let node = graph[id]
        guard node.outputs.count == 1 else { return nil }
        let shape = graph[node.outputs[0]].type.shape
        /// The axis that holds the numbers, if a value is a vector of them that only one node reads.
        func axis(_ value: ValueID, readBy user: NodeID) -> Int? {
            guard let tensor = graph[value].tensor, tensor.type.isFloatingPoint, users[value] == [user],
                !graph.outputs.contains(value), tensor.count == shape[outputAxis]
            else { return nil }
            return tensor.shape.firstIndex(of: tensor.count)
        }
        if let input = node.op.biasInput, node.inputs.indices.contains(input), let own = node.inputs[input] {
            guard let axis = axis(own, readBy: id) else { return nil }
            (parameter, self.axis) = (own, axis)
            return
        }
        let output = node.outputs[0]
        guard !graph.outputs.contains(output), let user = users[output]?.first, users[output] == [user],
            case .sum(let weights) = try network.effect(of: user), weights == [1, 1],
            graph[user].inputs.count == 2, graph[graph[user].outputs[0]].type.shape == shape,
            let added = graph[user].inputs.first(where: { $0 != output }).flatMap({ $0 }),
            let axis = axis(added, readBy: user),
            try network.links(of: user).contains(where: {
                guard case .input(let index) = $0.first.slot, graph[user].inputs[index] == added else {
                    return false
                }
                return $0.first.axis == axis && $0.second == .output(0, outputAxis) && $0.role == .bias
            })
        else { return nil }
        (parameter, self.axis) = (added, axis)
    }
}
