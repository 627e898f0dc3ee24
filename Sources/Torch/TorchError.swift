/// A failure reported by libtorch or found before calling it.
public struct TorchError: Error, Sendable, CustomStringConvertible {
    /// The message.
    public let message: String

    /// Makes an error with a message.
    public init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
