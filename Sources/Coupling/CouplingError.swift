/// A network whose coupled groups cannot be found.
public struct CouplingError: Error, Sendable, CustomStringConvertible {
    /// What was wrong.
    public let message: String

    init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
