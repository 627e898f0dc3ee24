internal import CTorch

/// Owns one reference to a libtorch tensor and frees it on deinitialisation.
///
/// The tensor is never written to after creation, so the handle can cross threads.
final class TensorHandle: @unchecked Sendable {
    let pointer: ct_tensor
    /// The declared element type, if the engine holds the elements in another type.
    let widened: DType?

    init(owning pointer: ct_tensor, widened: DType? = nil) {
        self.pointer = pointer
        self.widened = widened
    }

    deinit {
        ct_tensor_free(pointer)
    }
}

/// Calls one function of the C interface and turns its status into a thrown error.
func check(_ body: (UnsafeMutablePointer<ct_message?>) -> Int32) throws(TorchError) {
    var message: ct_message?
    guard body(&message) != 0 else { return }
    defer { ct_free_message(message) }
    // Everything after the first blank line is libtorch's own call trace.
    let text = message.map { String(cString: $0) } ?? "libtorch failed without a message"
    throw TorchError(text.split(separator: "\n\n", maxSplits: 1).first.map(String.init) ?? text)
}

/// Calls one function of the C interface that returns a tensor, and keeps its arguments alive meanwhile.
///
/// - Parameter widened: The declared element type, if the engine holds the elements in another type.
func yield(
    using arguments: Tensor?..., widened: DType? = nil,
    body: (UnsafeMutablePointer<ct_tensor?>, UnsafeMutablePointer<ct_message?>) -> Int32
) throws(TorchError) -> Tensor {
    defer { withExtendedLifetime(arguments) {} }
    var result: ct_tensor?
    try check { body(&result, $0) }
    guard let result else { throw TorchError("libtorch returned no tensor") }
    return Tensor(handle: TensorHandle(owning: result, widened: widened))
}

extension [Int] {
    var asInt64: [Int64] { map(Int64.init) }
}
