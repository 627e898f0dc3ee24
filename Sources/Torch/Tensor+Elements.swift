internal import CTorch

extension Tensor {
    /// Returns the elements as contiguous little-endian bytes.
    public func bytes() throws(TorchError) -> [UInt8] {
        Self.narrowed(try elements(of: UInt8.self, size: type.storage.byteCount), type)
    }

    /// Returns the elements in row-major order, converted to float32.
    public func floats() throws(TorchError) -> [Float] {
        try converted(to: .float32).elements(of: Float.self, size: 4)
    }

    /// Returns the elements in row-major order, converted to float64.
    public func doubles() throws(TorchError) -> [Double] {
        try converted(to: .float64).elements(of: Double.self, size: 8)
    }

    /// Returns the elements in row-major order, converted to int64.
    public func integers() throws(TorchError) -> [Int] {
        try converted(to: .int64).elements(of: Int.self, size: 8)
    }

    /// Returns the only element as a Double.
    public func scalar() throws(TorchError) -> Double {
        let values = try doubles()
        guard values.count == 1 else { throw TorchError("a tensor of shape \(shape) is not a scalar") }
        return values[0]
    }

    /// Returns whether every element is a finite number.
    public func isFinite() throws(TorchError) -> Bool {
        if count == 0 { return true }
        return try applying(.isFinite).reduced(.all, axes: Array(shape.indices)).scalar() == 1
    }

    /// Copies the elements out.
    ///
    /// A broadcast tensor may claim more elements than fit into memory. libtorch gathers them first, because
    /// it reports an error where Swift would end the process.
    private func elements<Element: BitwiseCopyable>(
        of _: Element.Type, size: Int
    ) throws(TorchError) -> [Element] {
        let gathered = try yield(using: self) { ct_tensor_gather(pointer, $0, $1) }
        let (byteCount, overflow) = gathered.count.multipliedReportingOverflow(by: size)
        guard !overflow else { throw TorchError("shape \(shape) is too large") }
        let count = byteCount / MemoryLayout<Element>.stride
        var failure: TorchError?
        defer { withExtendedLifetime(gathered) {} }
        let values = [Element](unsafeUninitializedCapacity: count) { buffer, initialised in
            let bytes = UnsafeMutableRawBufferPointer(
                rebasing: UnsafeMutableRawBufferPointer(buffer)[..<byteCount])
            do throws(TorchError) {
                try check { ct_tensor_copy_bytes(gathered.pointer, bytes.baseAddress, bytes.count, $0) }
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
