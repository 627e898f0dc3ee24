/// A loss landscape that cannot be made, and why.
public struct LandscapeError: Error, Sendable, CustomStringConvertible {
    /// What is wrong.
    public let message: String

    /// Makes an error that says what is wrong.
    public init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
