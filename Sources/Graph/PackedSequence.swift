package import Torch

/// A sequence of tensors, stored as one tensor of bytes that flows through a graph like any other.
///
/// A mark, the number of tensors, and for each tensor its type, rank, lengths and elements; all numbers are
/// 64-bit integers.
package enum PackedSequence {
    /// The first bytes of every packed sequence.
    package static let mark: Int64 = 0x4649_5345_5155_0001
    /// The bytes of a number.
    package static let wordSize = 8

    /// Whether a tensor is a packed sequence.
    package static func isPacked(_ tensor: Tensor) throws -> Bool {
        guard tensor.type == .uint8, tensor.rank == 1, tensor.count >= 2 * wordSize else { return false }
        return number(try tensor.sliced(axis: 0, 0..<wordSize).bytes(), at: 0) == mark
    }

    /// Throws if a returned value is not a tensor.
    package static func refuse(_ tensor: Tensor, as name: String) throws {
        guard try isPacked(tensor) else { return }
        throw GraphError("\(name) is a sequence of tensors; only tensors can be returned")
    }

    /// Returns the number at a byte offset; nil if the bytes end before.
    package static func number(_ bytes: [UInt8], at place: Int) -> Int64? {
        guard place >= 0, bytes.count - place >= wordSize else { return nil }
        return bytes.withUnsafeBytes {
            Int64(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: Int64.self))
        }
    }
}
