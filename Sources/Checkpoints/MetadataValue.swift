/// One item of metadata beside the tensors of a checkpoint.
public enum MetadataValue: Hashable, Sendable, Codable, CustomStringConvertible {
    /// A truth value.
    case boolean(Bool)
    /// A whole number, such as an epoch.
    case integer(Int)
    /// A number, such as an accuracy.
    case number(Double)
    /// Text.
    case text(String)

    /// The value as text.
    public var description: String {
        switch self {
        case .boolean(let flag): return flag ? "true" : "false"
        case .integer(let number): return "\(number)"
        case .number(let number): return "\(number)"
        case .text(let text): return text
        }
    }

    /// The value as a number, for `.integer` and `.number`; nil for the others.
    public var number: Double? {
        switch self {
        case .integer(let number): return Double(number)
        case .number(let number): return number
        case .boolean, .text: return nil
        }
    }
}
