/// What ONNX Runtime or its library refused, and why.
public struct ONNXRuntimeError: Error, Sendable, CustomStringConvertible {
    /// What was wrong.
    public let message: String

    /// Makes an error that says what was wrong.
    public init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
