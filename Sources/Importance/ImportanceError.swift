/// What keeps a group from being scored.
public struct ImportanceError: Error, Sendable, CustomStringConvertible {
    /// What was wrong.
    public let message: String

    /// Makes an error that says what was wrong.
    public init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
