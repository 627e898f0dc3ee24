/// Why a study is invalid.
public struct StudyError: Error, Sendable, CustomStringConvertible {
    /// The message.
    public let message: String

    /// Makes an error with a message.
    public init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
