/// An error in building, checking or running a graph, and its node.
public struct GraphError: Error, Sendable, CustomStringConvertible {
    /// The node, if any.
    public var node: String?
    /// The message.
    public let message: String

    /// Whether the graph may be valid, and the error is only due to unknown values or unsupported features.
    public let isLimitation: Bool

    /// Whether the unknown becomes known when the graph runs, such as a length that depends on the data.
    public let awaitsRun: Bool

    /// Makes an error with a message.
    public init(
        _ message: String, node: String? = nil, isLimitation: Bool = false, awaitsRun: Bool = false
    ) {
        self.message = message
        self.isLimitation = isLimitation
        self.awaitsRun = awaitsRun
        self.node = node
    }

    public var description: String {
        node.map { "node \($0): \(message)" } ?? message
    }
}
