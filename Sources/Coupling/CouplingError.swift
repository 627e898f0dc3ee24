/// An error in finding a network's coupled groups.
public struct CouplingError: Error, Sendable, CustomStringConvertible {
    /// The message.
    public let message: String

    init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
