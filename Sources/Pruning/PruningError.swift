/// A compression of a network that cannot be done or came to nothing, and why.
public struct PruningError: Error, Sendable, CustomStringConvertible {
    /// What was wrong.
    public let message: String

    /// Makes an error that says what was wrong.
    public init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
