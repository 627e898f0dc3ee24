/// What was wrong with an ONNX file, and where.
public struct ONNXError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The message.
    public let message: String
    /// The file, if known.
    public var file: String?

    init(_ message: String, file: String? = nil) {
        self.message = message
        self.file = file
    }

    public var description: String { file.map { "\($0): \(message)" } ?? message }
}
