internal import Torch

/// The cost of a network.
public struct NetworkCost: Sendable, Hashable, Codable {
    /// The number of elements of all floating-point parameters.
    public var parameters: Int
    /// The multiply-accumulate operations of all convolutions and matrix products for one sample at the traced size.
    public var multiplyAccumulates: Int
    /// The bytes of all floating-point parameters.
    public var bytes: Int

    /// Makes a cost.
    public init(parameters: Int = 0, multiplyAccumulates: Int = 0, bytes: Int = 0) {
        self.parameters = parameters
        self.multiplyAccumulates = multiplyAccumulates
        self.bytes = bytes
    }

    /// Counts the cost of a network.
    public init(of graph: Graph) {
        self.init()
        for id in graph.parameters where graph[id].type.element.isFloatingPoint {
            add(elements: graph[id].type.count ?? .max, bytesPerElement: graph[id].type.element.byteCount)
        }
        for node in graph.nodes {
            add(
                node.op.cost(
                    graph.operatorInputs(node.inputs), outputs: node.outputs.map { graph[$0].type }))
        }
    }

    package mutating func add(_ cost: OperatorCost) {
        multiplyAccumulates = multiplyAccumulates.addingSaturated(cost.multiplyAccumulates)
    }

    package mutating func add(elements: Int, bytesPerElement: Int) {
        parameters = parameters.addingSaturated(elements)
        let (size, overflow) = elements.multipliedReportingOverflow(by: bytesPerElement)
        bytes = bytes.addingSaturated(overflow ? .max : size)
    }
}

extension Int {
    /// Adds two counts, saturating at the largest Int.
    fileprivate func addingSaturated(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
