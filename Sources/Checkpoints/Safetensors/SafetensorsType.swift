import Torch

/// The names of element types in safetensors.
enum SafetensorsType {
    static func name(_ type: DType) -> String {
        switch type {
        case .float64: return "F64"
        case .float32: return "F32"
        case .float16: return "F16"
        case .bfloat16: return "BF16"
        case .int64: return "I64"
        case .int32: return "I32"
        case .int16: return "I16"
        case .int8: return "I8"
        case .uint8: return "U8"
        case .bool: return "BOOL"
        case .uint16: return "U16"
        case .uint32: return "U32"
        case .uint64: return "U64"
        }
    }

    static func type(_ name: String) -> DType? {
        DType.allCases.first { self.name($0) == name }
    }
}
