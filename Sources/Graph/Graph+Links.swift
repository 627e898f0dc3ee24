extension Graph {
    /// Returns which lanes of a node's inputs and outputs are the same channel.
    package func links(of id: NodeID) throws -> [AxisLink] {
        let node = self[id]
        return try node.op.axisLinks(
            operatorInputs(node.inputs), outputs: node.outputs.map { self[$0].type })
    }

    /// Returns a node's effect on the distribution of the channels that pass through it.
    package func effect(of id: NodeID) throws -> ChannelEffect {
        let node = self[id]
        return try node.op.channelEffect(operatorInputs(node.inputs))
    }
}
