package import Torch
internal import Graph

/// A sequence of tensors as one tensor of bytes, which flows through a graph as others do.
///
/// A mark, the number of tensors, and for each its type, rank, lengths and elements; all numbers are 64-bit integers.
package enum PackedSequence {
    private static let mark: Int64 = 0x4649_5345_5155_0001
    private static let greatestRank = 64
    private static let wordSize = 8

    /// Returns a sequence of tensors as a tensor.
    static func packed(_ tensors: [Tensor], on device: Device) throws -> Tensor {
        var bytes: [UInt8] = []
        func add(_ number: Int64) {
            withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
        }
        add(mark)
        add(Int64(tensors.count))
        for tensor in tensors {
            try Checked.requireMade(tensor.shape)
            add(Int64(tensor.type.rawValue))
            add(Int64(tensor.rank))
            for length in tensor.shape { add(Int64(length)) }
            bytes += try tensor.bytes()
        }
        return try Tensor(bytes, shape: [bytes.count]).moved(to: device)
    }

    /// Whether a tensor is a packed sequence.
    package static func isPacked(_ tensor: Tensor) throws -> Bool {
        guard tensor.type == .uint8, tensor.rank == 1, tensor.count >= 2 * wordSize else { return false }
        return number(try tensor.sliced(axis: 0, 0..<wordSize).bytes(), at: 0) == mark
    }

    /// Returns the tensors of a packed sequence.
    ///
    /// - Throws: `GraphError` for a tensor that is none.
    static func tensors(of packed: Tensor) throws -> [Tensor] {
        guard try isPacked(packed) else { throw GraphError("a sequence of tensors is needed") }
        let bytes = try packed.bytes()
        var place = wordSize
        func next() throws(GraphError) -> Int {
            guard let number = number(bytes, at: place) else { throw GraphError("the sequence is damaged") }
            place += wordSize
            return Int(number)
        }
        let count = try next()
        guard count >= 0, count <= bytes.count else { throw GraphError("the sequence is damaged") }
        var result: [Tensor] = []
        for _ in 0..<count {
            let (code, rank) = (try next(), try next())
            guard let type = Int32(exactly: code).flatMap(DType.init(rawValue:)),
                (0...greatestRank).contains(rank)
            else { throw GraphError("the sequence is damaged") }
            var shape: [Int] = []
            for _ in 0..<rank { shape.append(try next()) }
            let length = try Checked.product(shape + [type.byteCount])
            guard length >= 0, length <= bytes.count - place else {
                throw GraphError("the sequence is damaged")
            }
            let tensor = try bytes[place..<(place + length)].withUnsafeBytes {
                try Tensor(bytes: $0, shape: shape, type: type)
            }
            result.append(try tensor.moved(to: packed.device))
            place += length
        }
        return result
    }

    private static func number(_ bytes: [UInt8], at place: Int) -> Int64? {
        guard place >= 0, bytes.count - place >= wordSize else { return nil }
        return bytes.withUnsafeBytes {
            Int64(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: Int64.self))
        }
    }
}
