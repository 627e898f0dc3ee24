internal import CTorch

/// Unsigned integers of more than 8 bits, which the engine holds in wider signed ones.
///
/// Shape operations keep the type. Arithmetic gives the wider type; converting the result back takes it
/// modulo the unsigned range.
extension Tensor {
    /// Returns the elements in the wider type that the engine needs; nil if it holds them directly.
    static func widened(_ bytes: UnsafeRawBufferPointer, _ type: DType) -> [Int64]? {
        let offsets = stride(from: 0, to: bytes.count, by: type.byteCount)
        return switch type {
        case .uint16: offsets.map { Int64(bytes.loadUnaligned(fromByteOffset: $0, as: UInt16.self)) }
        case .uint32: offsets.map { Int64(bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self)) }
        case .uint64: offsets.map { bytes.loadUnaligned(fromByteOffset: $0, as: Int64.self) }
        default: nil
        }
    }

    /// Returns the elements as unsigned integers, modulo their range.
    ///
    /// - Throws: `TorchError` for uint64 elements of 2^63 or more: no type of the engine holds them.
    func widened(to type: DType) throws(TorchError) -> Tensor {
        var plain = try yield(using: self) { ct_tensor_convert(pointer, type.storage.rawValue, $0, $1) }
        if type == .uint64 {
            let least = count == 0 ? 0 : try plain.reduced(.minimum, axes: []).scalar()
            guard least >= 0 else {
                throw TorchError("elements of uint64 that are negative, or 2^63 and more, are not supported")
            }
        } else {
            let period = try Tensor(
                repeating: type == .uint16 ? 0x1p16 : 0x1p32, shape: [], type: type.storage, device: device)
            plain = try plain.combined(.floorModulo, period)
        }
        return try yield(using: plain, widened: type) {
            ct_tensor_convert(plain.pointer, type.storage.rawValue, $0, $1)
        }
    }

    /// Returns the low bytes of elements that the engine holds in a wider type.
    static func narrowed(_ bytes: [UInt8], _ type: DType) -> [UInt8] {
        let (size, wide) = (type.byteCount, type.storage.byteCount)
        guard size < wide else { return bytes }
        return stride(from: 0, to: bytes.count, by: wide).flatMap { bytes[$0..<($0 + size)] }
    }
}
