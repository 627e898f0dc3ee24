internal import Graph
internal import Torch

/// A layer that can be fitted.
struct ReconstructionSite {
    let id: NodeID
    let name: String
    let linear: LinearLayer
    /// What the layer reads.
    let data: ValueID
    let weight: ValueID
    let bias: ValueID?
    /// The original weight as a matrix `[out, fan-in]` and the bias `[out]`, merged on the side of their outputs.
    private let target: (weight: Tensor, bias: Tensor?)

    /// nil where the node is no linear layer, shares its weight, or was not merged as a whole.
    init?(
        _ id: NodeID, _ graph: Graph, _ small: Graph, _ users: [ValueID: [NodeID]],
        _ merged: ReconstructionTargets
    ) throws {
        let node = graph[id]
        guard let linear = try node.op.linearLayer(graph.operatorInputs(node.inputs)),
            let data = node.inputs[linear.dataInput], let weight = node.inputs[linear.weightInput],
            var target = graph[weight].tensor, let now = small[weight].tensor, users[weight]?.count == 1
        else { return nil }
        let bias = linear.biasInput.flatMap { node.inputs.indices.contains($0) ? node.inputs[$0] : nil }
        let outputs = now.shape[linear.weightOutputAxis]
        var shift: Tensor?
        if let bias {
            guard users[bias]?.count == 1, var tensor = graph[bias].tensor,
                small[bias].tensor?.count == outputs
            else { return nil }
            for mixing in merged.mixings(graph[bias].name, axis: tensor.rank - 1) {
                tensor = try mixing.applied(to: tensor, axis: tensor.rank - 1)
            }
            guard tensor.count == outputs else { return nil }
            shift = try tensor.reshaped([outputs])
        }
        for mixing in merged.mixings(graph[weight].name, axis: linear.weightOutputAxis) {
            target = try mixing.applied(to: target, axis: linear.weightOutputAxis)
        }
        guard target.shape[linear.weightOutputAxis] == outputs else { return nil }
        self.id = id
        name = node.name
        self.linear = linear
        self.data = data
        self.weight = weight
        self.bias = bias
        self.target = (try linear.matrix(of: target), shift)
    }

    /// Returns what the layer should give `[positions, out]` for rows that the original one reads.
    func wanted(_ rows: Tensor) throws -> Tensor {
        try rows.linear(weight: target.weight, bias: target.bias)
    }
}
