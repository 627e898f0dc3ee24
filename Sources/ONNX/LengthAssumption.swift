/// A length of an input that the model leaves open, and the value assumed for it.
public struct LengthAssumption: Sendable, Hashable, CustomStringConvertible {
    /// The input.
    public let input: String
    /// The axis, counted from 0.
    public let axis: Int
    /// The model's name for the length; empty for none.
    public let symbol: String
    /// The assumed value.
    public let length: Int

    public var description: String {
        "axis \(axis)\(symbol.isEmpty ? "" : " (\(symbol))") of input \(input), taken as \(length)"
    }
}
