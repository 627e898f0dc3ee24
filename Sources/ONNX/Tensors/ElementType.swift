import Torch

/// The element types of the standard and their counterparts in the engine.
enum ElementType {
    /// Returns the engine's type for a code of the standard, or nil if it has none.
    static func dtype(_ code: Int32) -> DType? {
        switch Onnx_TensorProto.DataType(rawValue: Int(code)) {
        case .float: .float32
        case .double: .float64
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .int64: .int64
        case .int32: .int32
        case .int16: .int16
        case .int8: .int8
        case .uint8: .uint8
        case .bool: .bool
        case .uint16: .uint16
        case .uint32: .uint32
        case .uint64: .uint64
        default: nil
        }
    }

    /// Returns the standard's code of a type.
    static func code(_ type: DType) -> Int32 {
        let dataType: Onnx_TensorProto.DataType =
            switch type {
            case .float32: .float
            case .float64: .double
            case .float16: .float16
            case .bfloat16: .bfloat16
            case .int64: .int64
            case .int32: .int32
            case .int16: .int16
            case .int8: .int8
            case .uint8: .uint8
            case .bool: .bool
            case .uint16: .uint16
            case .uint32: .uint32
            case .uint64: .uint64
            }
        return Int32(dataType.rawValue)
    }

    /// Returns a name for errors.
    static func name(_ code: Int32) -> String {
        Onnx_TensorProto.DataType(rawValue: Int(code)).map { "\($0)".uppercased() } ?? "number \(code)"
    }
}
