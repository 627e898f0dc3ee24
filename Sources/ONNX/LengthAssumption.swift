/// A length of an input that the model leaves open, and what it was taken as.
public struct LengthAssumption: Sendable, Hashable, CustomStringConvertible {
    /// The input.
    public let input: String
    /// The axis, counted from 0.
    public let axis: Int
    /// The name that the model gives the length; empty for none.
    public let symbol: String
    /// What it was taken as.
    public let length: Int

    public var description: String {
        "axis \(axis)\(symbol.isEmpty ? "" : " (\(symbol))") of input \(input), taken as \(length)"
    }
}
