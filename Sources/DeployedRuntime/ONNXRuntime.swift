internal import CRuntime
internal import Synchronization

/// A library of ONNX Runtime, loaded while the program runs.
///
/// Its interface may be called from any thread.
public final class ONNXRuntime: @unchecked Sendable {
    /// The file, or the name by which the system's loader found it.
    public let path: String
    /// Its version.
    public let version: String
    let pointer: OpaquePointer

    /// Loads a library.
    ///
    /// - Parameter path: The file, or a name for the system's loader to find.
    /// - Throws: `ONNXRuntimeError` where there is none or it is another library.
    public init(path: String) throws(ONNXRuntimeError) {
        var runtime: OpaquePointer?
        try check("cannot load \(path)") { cr_runtime_open(path, &runtime, $0) }
        guard let runtime else { throw ONNXRuntimeError("cannot load \(path)") }
        pointer = runtime
        version = String(cString: cr_runtime_version(runtime))
        self.path = path
    }

    deinit {
        cr_runtime_close(pointer)
    }

    /// The library that was found in the program's environment.
    private static let found = Mutex<ONNXRuntime?>(nil)

    /// Loads the library that a search finds first.
    ///
    /// - Throws: `ONNXRuntimeError` where none can be loaded, with the reason for every file that is there.
    public static func load(_ search: ONNXRuntimeSearch = ONNXRuntimeSearch()) throws -> ONNXRuntime {
        var reasons: [String] = []
        for candidate in search.candidates {
            do {
                return try ONNXRuntime(path: candidate)
            } catch  where search.named != nil || candidate.contains("/") {
                reasons.append(error.description)
            } catch {
                // The system's loader knows no library of this name.
            }
        }
        guard reasons.isEmpty else { throw ONNXRuntimeError(reasons.joined(separator: "; ")) }
        if let folder = search.named {
            throw ONNXRuntimeError(
                "\(ONNXRuntimeSearch.variable) is \(folder), which has no libonnxruntime.so")
        }
        throw ONNXRuntimeError(
            "ONNX Runtime not found: install it (pip install onnxruntime), or set \(ONNXRuntimeSearch.variable) to libonnxruntime.so"
        )
    }

    /// Returns the library in the program's environment, which is loaded once.
    ///
    /// - Throws: `ONNXRuntimeError` where there is none.
    public static func shared() throws -> ONNXRuntime {
        try found.withLock { found in
            if let found { return found }
            let loaded = try load()
            found = loaded
            return loaded
        }
    }

    /// Whether no library was named, so that a missing one is no error.
    public static var isOptional: Bool { ONNXRuntimeSearch().named == nil }
}

/// Calls one function of the C interface and turns its message into a thrown error.
func check(
    _ context: @autoclosure () -> String, _ body: (UnsafeMutablePointer<CChar>) -> Int32
) throws(ONNXRuntimeError) {
    var message = [CChar](repeating: 0, count: Int(CR_MESSAGE_LENGTH))
    let status = message.withUnsafeMutableBufferPointer { buffer in
        buffer.baseAddress.map(body) ?? 1
    }
    guard status != 0 else { return }
    let bytes = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    throw ONNXRuntimeError("\(context()): \(String(decoding: bytes, as: UTF8.self))")
}
