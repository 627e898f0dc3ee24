/// The common part of ONNX Runtime's own operators.
enum Microsoft {
    /// Their domain.
    static let domain = "com.microsoft"
}
