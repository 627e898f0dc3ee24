/// The type of a tensor's elements.
public enum DType: Int32, Sendable, CaseIterable, Codable {
    /// IEEE 754 binary32.
    case float32
    /// IEEE 754 binary64.
    case float64
    /// IEEE 754 binary16.
    case float16
    /// The upper half of a binary32.
    case bfloat16
    /// Signed 64-bit integer.
    case int64
    /// Signed 32-bit integer.
    case int32
    /// Signed 16-bit integer.
    case int16
    /// Signed 8-bit integer.
    case int8
    /// Unsigned 8-bit integer.
    case uint8
    /// One byte, 0 or 1.
    case bool
    /// Unsigned 16-bit integer.
    case uint16
    /// Unsigned 32-bit integer.
    case uint32
    /// Unsigned 64-bit integer, below 2^63.
    case uint64

    /// The size of one element in bytes.
    public var byteCount: Int {
        switch self {
        case .float64, .int64, .uint64: 8
        case .float32, .int32, .uint32: 4
        case .float16, .bfloat16, .int16, .uint16: 2
        case .int8, .uint8, .bool: 1
        }
    }

    /// Whether elements are floating-point numbers.
    public var isFloatingPoint: Bool {
        switch self {
        case .float32, .float64, .float16, .bfloat16: true
        case .int64, .int32, .int16, .int8, .uint8, .bool, .uint16, .uint32, .uint64: false
        }
    }

    /// The type in which the engine holds the elements: it has no unsigned integers wider than 8 bits.
    var storage: DType {
        switch self {
        case .uint16: .int32
        case .uint32, .uint64: .int64
        default: self
        }
    }

    /// Whether the engine holds the elements in another type.
    public var isWidened: Bool { storage != self }
}
