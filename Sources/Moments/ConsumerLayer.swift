package import Coupling
package import Graph
package import Torch

/// The layer that reads a group's channels through one of its consuming weights: `y = V h + b`.
package struct ConsumerLayer {
    /// The consuming axis of the weight.
    package let member: GroupMember
    /// The layer.
    package let node: NodeID
    /// The value that the layer reads: h.
    package let input: ValueID
    /// The axis of the weight that makes the layer's own outputs.
    package let outputAxis: Int
    /// The number of outputs.
    package let outputs: Int
    /// The bias, one number per output, that belongs to this layer alone; nil where there is none.
    package let bias: ValueID?

    /// Finds the layer; nil where the weight is used more than once, or in a way that is not a plain sum over channels.
    package init?(_ member: GroupMember, in graph: Graph, users: [ValueID: [NodeID]]) throws {
        guard member.role == .consumer, let nodes = users[member.parameter], let node = nodes.first,
            nodes.count == 1
        else { return nil }
        let inputs = graph[node].inputs
        let values = inputs.compactMap { $0 }.filter { graph[$0].tensor == nil }
        guard let input = values.first, values.count == 1, let slot = inputs.firstIndex(of: member.parameter)
        else { return nil }
        let links = try graph[node].op.axisLinks(
            graph.operatorInputs(inputs), outputs: graph[node].outputs.map { graph[$0].type })
        let producing = links.filter { link in
            guard case .input(slot) = link.first.slot, case .output(0) = link.second.slot else {
                return false
            }
            return link.role == .producer
        }
        // In a transposed convolution (outputs on a later axis of a kernel), not every output sees all of the kernel.
        guard let link = producing.first, producing.count == 1, link.lanes == nil,
            link.first.axis == 0 || graph[member.parameter].type.shape.count == 2
        else { return nil }
        self.member = member
        self.node = node
        self.input = input
        outputAxis = link.first.axis
        let outputs = graph[member.parameter].type.shape[link.first.axis]
        self.outputs = outputs
        let bias = graph[node].op.biasInput.flatMap { inputs.indices.contains($0) ? inputs[$0] : nil }
        self.bias = bias.flatMap {
            graph[$0].tensor?.count == outputs && users[$0]?.count == 1 ? $0 : nil
        }
    }

    /// The weights by output and channel, summed over the kernel and the positions of a channel. `[out, n]`, double precision
    package func summedWeights(in graph: Graph) throws -> Tensor {
        guard let weight = graph[member.parameter].tensor else {
            throw GraphError("\(member.name) has no values")
        }
        let channels = member.positions.count
        let rest = (0..<weight.rank).filter { $0 != outputAxis && $0 != member.axis }
        let selected = try weight.converted(to: .float64)
            .selecting(axis: member.axis, member.positions.flatMap { $0 })
            .permuted([outputAxis, member.axis] + rest)
        return try selected.reshaped([outputs, channels, selected.count / max(outputs * channels, 1)])
            .reduced(.sum, axes: [2])
    }
}
