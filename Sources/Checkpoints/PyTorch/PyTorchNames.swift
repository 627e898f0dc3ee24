import Torch

/// The names that `torch.save` writes into the pickle of a state dictionary.
enum PyTorchNames {
    /// Storage classes that name the type of their elements.
    static let storages: [String: DType] = [
        "torch.FloatStorage": .float32, "torch.DoubleStorage": .float64, "torch.HalfStorage": .float16,
        "torch.BFloat16Storage": .bfloat16, "torch.LongStorage": .int64, "torch.IntStorage": .int32,
        "torch.ShortStorage": .int16, "torch.CharStorage": .int8, "torch.ByteStorage": .uint8,
        "torch.BoolStorage": .bool,
    ]

    /// Storage classes of plain bytes, for tensors that name their type themselves.
    static let untypedStorages: Set<String> = ["torch.storage.UntypedStorage", "torch.UntypedStorage"]

    /// Element types, below `torch`.
    static let elementTypes = [
        "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool",
    ]

    /// Functions and classes whose calls are supported.
    static let calls = [
        "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3",
        "torch._utils._rebuild_parameter", "torch._tensor._rebuild_from_type_v2", "torch.Size",
        "torch.device",
    ]

    /// Classes that may be named but not called.
    static let classes = ["torch.Tensor", "torch.nn.parameter.Parameter", "torch.nn.Parameter"]

    /// Returns the element type that `torch.<name>` stands for, or nil.
    static func elementType(_ global: String) -> DType? {
        switch global {
        case "torch.float32": return .float32
        case "torch.float64": return .float64
        case "torch.float16": return .float16
        case "torch.bfloat16": return .bfloat16
        case "torch.int64": return .int64
        case "torch.int32": return .int32
        case "torch.int16": return .int16
        case "torch.int8": return .int8
        case "torch.uint8": return .uint8
        case "torch.bool": return .bool
        case "torch.uint16": return .uint16
        case "torch.uint32": return .uint32
        case "torch.uint64": return .uint64
        default: return nil
        }
    }
}
