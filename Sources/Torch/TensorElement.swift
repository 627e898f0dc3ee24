/// A Swift type that a tensor stores directly.
public protocol TensorElement: BitwiseCopyable, Sendable {
    /// The matching element type.
    static var type: DType { get }
}

extension Float: TensorElement {
    public static var type: DType { .float32 }
}

extension Double: TensorElement {
    public static var type: DType { .float64 }
}

extension Int: TensorElement {
    public static var type: DType { .int64 }
}

extension Int64: TensorElement {
    public static var type: DType { .int64 }
}

extension Int32: TensorElement {
    public static var type: DType { .int32 }
}

extension UInt8: TensorElement {
    public static var type: DType { .uint8 }
}
