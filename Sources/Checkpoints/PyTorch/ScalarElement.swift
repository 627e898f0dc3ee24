import Torch

/// Reads one element of any type as metadata.
enum ScalarElement {
    static func value(_ tensor: Tensor) throws -> MetadataValue? {
        value(try tensor.bytes(), type: tensor.type)
    }

    /// Reads one little-endian element; nil if the bytes are not one element.
    static func value(_ bytes: [UInt8], type: DType) -> MetadataValue? {
        guard bytes.count == type.byteCount else { return nil }
        let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        switch type {
        case .float32: return .number(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))))
        case .float64: return .number(Double(bitPattern: bits))
        case .float16: return .number(halfPrecision(UInt16(truncatingIfNeeded: bits)))
        case .bfloat16: return .number(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits) << 16)))
        case .int64: return .integer(Int(truncatingIfNeeded: bits))
        case .int32: return .integer(Int(Int32(truncatingIfNeeded: bits)))
        case .int16: return .integer(Int(Int16(truncatingIfNeeded: bits)))
        case .int8: return .integer(Int(Int8(truncatingIfNeeded: bits)))
        case .uint8, .uint16, .uint32: return .integer(Int(bits))
        case .uint64: return Int(exactly: bits).map { .integer($0) }
        case .bool: return .boolean(bits != 0)
        }
    }

    /// Returns the value of an IEEE 754 half: Swift has no such type on every platform.
    private static func halfPrecision(_ bits: UInt16) -> Double {
        let sign: Double = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 0x1F)
        let fraction = Double(bits & 0x3FF) / 1024
        switch exponent {
        case 0: return sign * fraction * 0x1p-14
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * (1 + fraction) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
        }
    }
}
