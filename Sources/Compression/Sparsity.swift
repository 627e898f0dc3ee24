/// The share of a group's channels that is removed: a number in [0, 1).
public struct Sparsity: Sendable, Hashable, Codable {
    /// The share.
    public let value: Double

    /// Validates a share.
    ///
    /// - Throws: `CompressionError` outside [0, 1).
    public init(_ value: Double) throws {
        guard value >= 0, value < 1 else {
            throw CompressionError("sparsity must be in [0, 1), got \(value)")
        }
        self.value = value
    }

    /// Returns how many of `width` channels are kept: Int(width (1 - sparsity)), but at least one.
    ///
    /// Truncated in double precision, as the reference does.
    public func keptWidth(of width: Int) -> Int {
        min(width, max(1, Int(Double(width) * (1 - value))))
    }

    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(Double.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}
