extension Graph {
    /// Returns which lanes of a node's inputs and outputs are the same channel, as its operator says.
    package func links(of id: NodeID) throws -> [AxisLink] {
        let node = self[id]
        return try node.op.axisLinks(
            operatorInputs(node.inputs), outputs: node.outputs.map { self[$0].type })
    }

    /// Returns what a node does to the distribution of the channels that pass through it, as its operator says.
    package func effect(of id: NodeID) throws -> ChannelEffect {
        let node = self[id]
        return try node.op.channelEffect(operatorInputs(node.inputs))
    }
}
