internal import Graph
internal import Torch

/// Packing and unpacking.
extension PackedSequence {
    private static let greatestRank = 64

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

    /// Returns the tensors of a packed sequence.
    ///
    /// - Throws: `GraphError` for a tensor that is not a packed sequence.
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
}
