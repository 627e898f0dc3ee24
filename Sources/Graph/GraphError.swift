/// A graph that cannot be built, checked or run, and where.
public struct GraphError: Error, Sendable, CustomStringConvertible {
    /// The node at which it happened, if any.
    public var node: String?
    /// What was wrong.
    public let message: String

    /// Makes an error that says what was wrong.
    public init(_ message: String, node: String? = nil) {
        self.message = message
        self.node = node
    }

    public var description: String {
        node.map { "node \($0): \(message)" } ?? message
    }
}
