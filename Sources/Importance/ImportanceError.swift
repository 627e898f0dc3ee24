/// Why a group cannot be scored.
public struct ImportanceError: Error, Sendable, CustomStringConvertible {
    /// The message.
    public let message: String

    /// Makes an error with a message.
    public init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
