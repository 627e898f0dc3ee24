package import Foundation
import SwiftProtobuf

/// The raw messages of a file, for code that compares or changes them.
package enum ONNXMessages {
    /// Returns the messages of a file's bytes.
    package static func parsed(_ bytes: Data) throws -> Onnx_ModelProto {
        do {
            return try Onnx_ModelProto(serializedBytes: bytes)
        } catch {
            throw ONNXError("not an ONNX model, or a damaged one (\(error))")
        }
    }

    /// Returns the bytes of messages.
    package static func bytes(_ model: Onnx_ModelProto) throws -> Data {
        try model.serializedBytes()
    }
}
