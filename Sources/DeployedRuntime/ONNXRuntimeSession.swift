internal import CRuntime
public import Foundation

/// A model that ONNX Runtime has accepted and optimised.
///
/// Nothing changes after it is made, and ONNX Runtime lets several threads run it.
public final class ONNXRuntimeSession: @unchecked Sendable {
    /// Where a model is.
    public enum Model: Sendable {
        /// In a file; data files lie beside it.
        case file(URL)
        /// In memory, complete.
        case bytes(Data)
    }

    /// The runtime that runs it.
    public let runtime: ONNXRuntime
    /// The names of the inputs, in their order.
    public let inputNames: [String]
    /// The names of the outputs, in their order.
    public let outputNames: [String]
    private let pointer: OpaquePointer

    /// Reads a model and optimises it.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - runtime: The library.
    ///   - threads: How many threads one operator may use.
    ///   - profile: The begin of the path of a file that runs are recorded in; nil for no record.
    /// - Throws: `ONNXRuntimeError` with the runtime's reason where it does not accept the model.
    public init(
        _ model: Model, runtime: ONNXRuntime, threads: Int, profile: URL? = nil
    ) throws(ONNXRuntimeError) {
        guard (1...1024).contains(threads) else {
            throw ONNXRuntimeError("the number of threads must be in 1 ... 1024, got \(threads)")
        }
        var session: OpaquePointer?
        let refusal = "ONNX Runtime \(runtime.version) does not accept the model"
        switch model {
        case .file(let file):
            try check(refusal) {
                cr_session_create(
                    runtime.pointer, file.path, nil, 0, Int32(threads), profile?.path, &session, $0)
            }
        case .bytes(let data):
            try check(refusal) { message in
                data.withUnsafeBytes {
                    cr_session_create(
                        runtime.pointer, nil, $0.baseAddress, $0.count, Int32(threads), profile?.path,
                        &session, message)
                }
            }
        }
        guard let session else { throw ONNXRuntimeError(refusal) }
        pointer = session
        self.runtime = runtime
        inputNames = (0..<cr_session_input_count(session)).map {
            String(cString: cr_session_input_name(session, $0))
        }
        outputNames = (0..<cr_session_output_count(session)).map {
            String(cString: cr_session_output_name(session, $0))
        }
    }

    deinit {
        cr_session_close(pointer)
    }

    /// Runs the model.
    ///
    /// - Parameter inputs: A value for every input, in the order of `inputNames`.
    /// - Returns: A value for every output, in the order of `outputNames`.
    /// - Throws: `ONNXRuntimeError` where inputs do not fit or an operator fails.
    public func run(_ inputs: [ONNXRuntimeValue]) throws(ONNXRuntimeError) -> [ONNXRuntimeValue] {
        guard inputs.count == inputNames.count else {
            throw ONNXRuntimeError(
                "the model takes \(inputNames.count) inputs (\(inputNames.joined(separator: ", "))), got \(inputs.count)"
            )
        }
        var outputs = [OpaquePointer?](repeating: nil, count: outputNames.count)
        let pointers = inputs.map { Optional($0.pointer) }
        defer { withExtendedLifetime(inputs) {} }
        try check("ONNX Runtime cannot run the model") { cr_session_run(pointer, pointers, &outputs, $0) }
        return outputs.compactMap { $0.map { ONNXRuntimeValue(owning: $0, of: runtime) } }
    }

    /// Ends the record of runs, and returns its file.
    ///
    /// - Throws: `ONNXRuntimeError` where the file cannot be written.
    func endProfile() throws(ONNXRuntimeError) -> URL {
        var path: UnsafeMutablePointer<CChar>?
        let refusal = "ONNX Runtime cannot record its runs"
        try check(refusal) { cr_session_end_profile(pointer, &path, $0) }
        guard let path else { throw ONNXRuntimeError(refusal) }
        defer { free(path) }
        return URL(fileURLWithPath: String(cString: path))
    }
}
