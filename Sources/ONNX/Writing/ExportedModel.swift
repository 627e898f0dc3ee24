import Foundation
import Torch

/// A model ready to be written, with the elements of its large tensors beside it.
struct ExportedModel {
    /// The elements of a stored tensor that its message does not hold.
    enum Payload {
        /// The message holds them.
        case inMessage
        /// A tensor's elements.
        case tensor(Tensor)
        /// Bytes as read.
        case bytes(Data)

        /// The number of bytes.
        var count: Int {
            switch self {
            case .inMessage: 0
            case .tensor(let tensor): tensor.count * tensor.type.byteCount
            case .bytes(let data): data.count
            }
        }

        /// Passes the bytes to a body.
        func withBytes(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
            switch self {
            case .inMessage: break
            case .tensor(let tensor): try tensor.bytes().withUnsafeBytes(body)
            case .bytes(let data): try data.withUnsafeBytes(body)
            }
        }
    }

    /// The model.
    var model: Onnx_ModelProto
    /// The elements of the graph's initialisers, in their order.
    var payloads: [Payload]
    /// Which of them were in an external file.
    var wereExternal: [Bool]
}
