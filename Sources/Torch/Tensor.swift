internal import CTorch

/// An immutable n-dimensional array held by libtorch.
///
/// Operations return new tensors (possibly sharing storage, which is never written to).
public struct Tensor: Sendable {
    let handle: TensorHandle

    init(handle: TensorHandle) {
        self.handle = handle
    }

    var pointer: ct_tensor { handle.pointer }

    /// Copies contiguous little-endian elements into a tensor on the CPU.
    ///
    /// - Throws: `TorchError` if a length is negative or the shape does not fit the number of bytes.
    public init(bytes: UnsafeRawBufferPointer, shape: [Int], type: DType) throws(TorchError) {
        var count = 1
        for dimension in shape {
            guard dimension >= 0 else { throw TorchError("shape \(shape) has a negative dimension") }
            let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
            guard !overflow else { throw TorchError("shape \(shape) is too large") }
            count = product
        }
        let (byteCount, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
        guard !overflow, byteCount == bytes.count else {
            throw TorchError("shape \(shape) of \(type) does not fit \(bytes.count) bytes")
        }
        if let values = Self.widened(bytes, type) {
            self = try Tensor(values, shape: shape).converted(to: type)
            return
        }
        self = try yield {
            ct_tensor_from_bytes(
                bytes.baseAddress, bytes.count, type.rawValue, shape.asInt64, Int32(shape.count), $0, $1)
        }
    }

    /// Copies values into a tensor on the CPU.
    public init<Element: TensorElement>(_ values: [Element], shape: [Int]) throws(TorchError) {
        let result = values.withUnsafeBytes { bytes in
            Result { () throws(TorchError) in
                try Tensor(bytes: bytes, shape: shape, type: Element.type)
            }
        }
        self = try result.get()
    }

    /// Makes a one-dimensional tensor of values on the CPU.
    public init<Element: TensorElement>(_ values: [Element]) throws(TorchError) {
        try self.init(values, shape: [values.count])
    }

    /// Makes a tensor whose elements are all the same.
    public init(
        repeating value: Double, shape: [Int], type: DType = .float32, device: Device = .cpu
    ) throws(TorchError) {
        let plain = try yield {
            ct_tensor_full(
                value, type.storage.rawValue, shape.asInt64, Int32(shape.count), device.code, $0, $1)
        }
        self = try plain.converted(to: type)
    }

    /// The distribution of random elements.
    public enum Distribution: Int32, Sendable {
        /// Uniform in [0, 1).
        case uniform
        /// Normal with mean 0 and deviation 1.
        case normal
    }

    /// Makes float32 random elements on the CPU that depend only on the seed and the shape.
    public init(random distribution: Distribution, shape: [Int], seed: UInt64) throws(TorchError) {
        self = try yield {
            ct_tensor_random(distribution.rawValue, seed, shape.asInt64, Int32(shape.count), $0, $1)
        }
    }

    /// The length of each axis.
    public var shape: [Int] {
        var rank: Int32 = 0
        defer { withExtendedLifetime(handle) {} }
        guard ct_tensor_rank(pointer, &rank, nil) == 0 else { return [] }
        var sizes = [Int64](repeating: 0, count: Int(rank))
        guard ct_tensor_shape(pointer, &sizes, rank, nil) == 0 else { return [] }
        return sizes.map(Int.init)
    }

    /// The axes from the outermost in memory to the innermost.
    ///
    /// Sums depend on it in their last bits.
    package var memoryOrder: [Int] {
        var strides = [Int64](repeating: 0, count: rank)
        defer { withExtendedLifetime(handle) {} }
        guard ct_tensor_strides(pointer, &strides, Int32(strides.count), nil) == 0 else {
            return Array(strides.indices)
        }
        return strides.indices.sorted { (strides[$1], $0) < (strides[$0], $1) }
    }

    /// The number of axes.
    public var rank: Int { shape.count }

    /// The number of elements; the largest Int if a broadcast tensor claims more than that.
    public var count: Int {
        shape.contains(0)
            ? 0 : shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).overflow ? .max : $0 * $1 }
    }

    /// The element type.
    public var type: DType {
        if let widened = handle.widened { return widened }
        var code: Int32 = 0
        defer { withExtendedLifetime(handle) {} }
        guard ct_tensor_type(pointer, &code, nil) == 0, let type = DType(rawValue: code) else {
            return .float32
        }
        return type
    }

    /// The device that holds the elements.
    public var device: Device {
        var code: Int32 = -1
        defer { withExtendedLifetime(handle) {} }
        _ = ct_tensor_device(pointer, &code, nil)
        return Device(code: code)
    }

    /// Returns whether both are the same tensor object, not merely equal.
    public func isIdentical(to other: Tensor) -> Bool { handle === other.handle }

    /// Returns the elements converted to another type.
    public func converted(to type: DType) throws(TorchError) -> Tensor {
        if self.type == type { return self }
        if type.isWidened { return try widened(to: type) }
        return try yield(using: self) { ct_tensor_convert(pointer, type.rawValue, $0, $1) }
    }

    /// Returns the tensor on another device.
    public func moved(to device: Device) throws(TorchError) -> Tensor {
        if self.device == device { return self }
        return try yield(using: self, widened: handle.widened) {
            ct_tensor_move(pointer, device.code, $0, $1)
        }
    }
}
