internal import CRuntime
internal import Operators
public import Torch

/// A tensor that ONNX Runtime holds; it never changes.
public final class ONNXRuntimeValue: @unchecked Sendable {
    let pointer: OpaquePointer
    private let runtime: ONNXRuntime

    init(owning pointer: OpaquePointer, of runtime: ONNXRuntime) {
        self.pointer = pointer
        self.runtime = runtime
    }

    /// Copies a tensor.
    ///
    /// - Throws: `ONNXRuntimeError` for more elements than fit into memory, `TorchError` where they cannot be read.
    public init(_ tensor: Tensor, runtime: ONNXRuntime) throws {
        var bytes = try tensor.moved(to: .cpu).bytes()
        var shape = tensor.shape.map(Int64.init)
        var value: OpaquePointer?
        try bytes.withUnsafeMutableBytes { elements in
            try shape.withUnsafeMutableBufferPointer { axes in
                var description = cr_tensor(
                    element: Int32(ElementCode.code(tensor.type)), shape: axes.baseAddress, rank: axes.count,
                    count: tensor.count, elements: elements.baseAddress)
                try check("ONNX Runtime cannot accept a tensor of shape \(tensor.shape)") {
                    cr_value_create(runtime.pointer, &description, elements.count, &value, $0)
                }
            }
        }
        guard let value else { throw ONNXRuntimeError("ONNX Runtime made no tensor") }
        pointer = value
        self.runtime = runtime
    }

    deinit {
        cr_value_free(pointer)
    }

    /// Returns a copy of the elements.
    ///
    /// - Throws: `ONNXRuntimeError` where it is no tensor, or one of texts or other elements that the engine
    ///   does not have.
    public func tensor() throws -> Tensor {
        var description = cr_tensor()
        try check("cannot read a value of ONNX Runtime") { cr_value_tensor(pointer, &description, $0) }
        defer { cr_tensor_release(&description) }
        guard let type = ElementCode.type(Int(description.element)) else {
            throw ONNXRuntimeError(
                "a value of ONNX Runtime has elements of type \(description.element), which is not supported")
        }
        let shape = UnsafeBufferPointer(start: description.shape, count: description.rank).map(Int.init)
        let (byteCount, overflow) = description.count.multipliedReportingOverflow(by: type.byteCount)
        guard !overflow else { throw ONNXRuntimeError("a value of shape \(shape) is too large") }
        let elements = UnsafeRawBufferPointer(
            start: byteCount == 0 ? nil : description.elements, count: byteCount)
        return try Tensor(bytes: elements, shape: shape, type: type)
    }
}
