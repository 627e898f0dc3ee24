/// A graph that cannot be built, checked or run, and where.
public struct GraphError: Error, Sendable, CustomStringConvertible {
    /// The node at which it happened, if any.
    public var node: String?
    /// The message.
    public let message: String

    /// Whether the graph may be right and only what it needs is not known.
    public let isLimitation: Bool

    /// Whether what is not known will be when the graph runs: lengths that depend on the data.
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
