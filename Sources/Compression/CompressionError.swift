/// A compression that cannot be done, and why.
public struct CompressionError: Error, Sendable, CustomStringConvertible {
    /// What was wrong.
    public let message: String

    /// Makes an error that says what was wrong.
    public init(_ message: String) {
        self.message = message
    }

    public var description: String { message }

    /// What is wrong where a layer reads nothing that moments can be taken of.
    package static func unusableInputs(of layer: String) -> CompressionError {
        CompressionError(
            "\(layer) cannot be fitted: what it reads or gives on the calibration inputs is not finite, or too large to be squared"
        )
    }
}
