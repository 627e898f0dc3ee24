internal import CTorch

/// The state of the engine that all tensors share.
public enum Runtime {
    /// libtorch's version.
    public static var version: String {
        var text: ct_message?
        guard ct_torch_version(&text, nil) == 0, let text else { return "unknown" }
        defer { ct_free_message(text) }
        return String(cString: text)
    }

    /// Sets how many threads one operation may use.
    ///
    /// - Throws: `TorchError` for a count outside 1 ... 1024.
    public static func setThreadCount(_ count: Int) throws(TorchError) {
        guard (1...1024).contains(count) else {
            throw TorchError("the number of threads must be in 1 ... 1024, got \(count)")
        }
        try check { ct_set_thread_count(Int32(count), $0) }
    }

    /// How many threads one operation may use.
    public static var threadCount: Int {
        var count: Int32 = 1
        _ = ct_thread_count(&count, nil)
        return Int(count)
    }

    /// How many CUDA devices this build of libtorch can use.
    public static var cudaDeviceCount: Int {
        var count: Int32 = 0
        _ = ct_cuda_device_count(&count, nil)
        return Int(count)
    }

    /// The number of live tensors: 0 once everything has been released.
    public static var liveTensorCount: Int {
        Int(ct_live_tensor_count())
    }

    /// Returns the device for the paper's `gpu_id`: -1 is the CPU.
    ///
    /// - Throws: `TorchError` if there is no such device.
    public static func device(gpuIdentifier: Int) throws(TorchError) -> Device {
        guard gpuIdentifier >= -1 else {
            throw TorchError("the GPU id must be -1 (CPU) or more, got \(gpuIdentifier)")
        }
        guard gpuIdentifier >= 0 else { return .cpu }
        let available = cudaDeviceCount
        guard gpuIdentifier < available else {
            throw TorchError(
                "GPU \(gpuIdentifier) is not available: this build of libtorch \(version) sees \(available) CUDA devices"
            )
        }
        return .cuda(gpuIdentifier)
    }
}
