internal import CTorch

extension Tensor {
    /// Returns the elements as contiguous little-endian bytes.
    public func bytes() throws(TorchError) -> [UInt8] {
        try elements(of: UInt8.self, count: count * type.byteCount)
    }

    /// Returns the elements in row-major order, converted to float32.
    public func floats() throws(TorchError) -> [Float] {
        try converted(to: .float32).elements(of: Float.self, count: count)
    }

    /// Returns the elements in row-major order, converted to float64.
    public func doubles() throws(TorchError) -> [Double] {
        try converted(to: .float64).elements(of: Double.self, count: count)
    }

    /// Returns the elements in row-major order, converted to int64.
    public func integers() throws(TorchError) -> [Int] {
        try converted(to: .int64).elements(of: Int.self, count: count)
    }

    /// Returns the only element as a Double.
    public func scalar() throws(TorchError) -> Double {
        let values = try doubles()
        guard values.count == 1 else { throw TorchError("a tensor of shape \(shape) is not a scalar") }
        return values[0]
    }

    private func elements<Element: BitwiseCopyable>(
        of _: Element.Type, count: Int
    ) throws(TorchError) -> [Element] {
        var failure: TorchError?
        defer { withExtendedLifetime(handle) {} }
        let values = [Element](unsafeUninitializedCapacity: count) { buffer, initialised in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            do throws(TorchError) {
                try check { ct_tensor_copy_bytes(pointer, bytes.baseAddress, bytes.count, $0) }
                initialised = count
            } catch {
                failure = error
                initialised = 0
            }
        }
        if let failure { throw failure }
        return values
    }
}
