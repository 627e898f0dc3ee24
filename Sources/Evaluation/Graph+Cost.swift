public import Graph

extension Graph {
    /// The multiply-accumulate operations of all convolutions and matrix products for one sample at the traced size.
    public var multiplyAccumulates: Int {
        nodes.reduce(0) { sum, node in
            let cost = node.op.cost(operatorInputs(node.inputs), outputs: node.outputs.map { self[$0].type })
            return sum.addingReportingOverflow(cost.multiplyAccumulates).partialValue
        }
    }
}
