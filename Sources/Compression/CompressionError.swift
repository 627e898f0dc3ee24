/// Why a compression is not possible.
public struct CompressionError: Error, Sendable, CustomStringConvertible {
    /// The message.
    public let message: String

    /// Makes an error with a message.
    public init(_ message: String) {
        self.message = message
    }

    public var description: String { message }

    /// The error for a layer whose inputs or outputs cannot be used for a fit.
    package static func unusableInputs(of layer: String) -> CompressionError {
        CompressionError(
            "cannot fit \(layer): its inputs or outputs on the calibration set are not finite, or too large to square"
        )
    }
}
