/// Names a value of a graph: an input, a parameter or a node's output.
public struct ValueID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The position in the graph's list of values.
    public let number: Int

    package init(_ number: Int) {
        self.number = number
    }

    public static func < (left: ValueID, right: ValueID) -> Bool { left.number < right.number }

    public var description: String { "value \(number)" }
}

/// Names a node of a graph.
public struct NodeID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The position in the graph's list of nodes, which is a valid order of execution.
    public let number: Int

    package init(_ number: Int) {
        self.number = number
    }

    public static func < (left: NodeID, right: NodeID) -> Bool { left.number < right.number }

    public var description: String { "node \(number)" }
}
