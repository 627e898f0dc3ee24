package import Graph
package import Torch

/// A matrix w [rows, columns] of a few bits per number, with one scale and zero point for each block of columns of a row.
///
/// w[r, c] = (code - zero) scale. Codes [rows, blocks, bytes] start at the lowest bits of a byte; the last block is filled up.
/// Zero points are packed in the same way, [rows, bytes]; without them they are 2^(bits - 1).
package struct BlockQuantisation: Sendable, Hashable {
    package let rows: Int
    package let columns: Int
    package let bits: Int
    package let blockSize: Int

    package init(rows: Int, columns: Int, bits: Int, blockSize: Int) throws(GraphError) {
        guard columns >= 1, rows >= 1, [2, 4, 8].contains(bits), blockSize >= 16,
            blockSize & (blockSize - 1) == 0, blockSize <= 1 << 20, columns <= 1 << 40, rows <= 1 << 40
        else {
            throw GraphError(
                "K, N, bits and block_size do not fit: \(columns), \(rows), \(bits), \(blockSize)")
        }
        (self.rows, self.columns, self.bits, self.blockSize) = (rows, columns, bits, blockSize)
    }

    /// The same arrangement for another matrix.
    package func resized(rows: Int, columns: Int) throws(GraphError) -> BlockQuantisation {
        try BlockQuantisation(rows: rows, columns: columns, bits: bits, blockSize: blockSize)
    }

    /// The number of blocks of a row.
    package var blocks: Int { Checked.ceilingQuotient(columns, blockSize) }
    /// The bytes of a row's packed zero points.
    package var zeroBytes: Int { Checked.ceilingQuotient(blocks * bits, 8) }
    /// The shape of the codes.
    package var codesShape: [Int] { [rows, blocks, blockSize * bits / 8] }

    /// Returns the numbers stored in bytes [..., bytes]. `[..., bytes 8 / bits]`
    private func unpacked(_ bytes: Tensor) throws -> Tensor {
        guard bits < 8 else { return bytes }
        let amounts = stride(from: 0, to: 8, by: bits).map { UInt8($0) }
        let shape = bytes.shape
        let mask = try Tensor([UInt8((1 << bits) - 1)], shape: []).moved(to: bytes.device)
        return try bytes.reshaped(shape + [1])
            .combinedBits(.shiftRight, Tensor(amounts).moved(to: bytes.device)).combinedBits(.and, mask)
            .reshaped(shape.dropLast() + [(shape.last ?? 0) * amounts.count])
    }

    /// Returns the matrix in an element type. `[rows, columns]`
    ///
    /// - Parameter zeros: The zero points, packed bytes or numbers [rows, blocks]; nil for the middle of the codes.
    package func matrix(codes: Tensor, scales: Tensor, zeros: Tensor?, type: DType) throws -> Tensor {
        let codes = try unpacked(codes).converted(to: type).reshaped([rows, blocks, blockSize])
        let centred: Tensor
        if let zeros {
            let numbers =
                try zeros.type == .uint8
                ? unpacked(zeros.reshaped([rows, zeroBytes])).sliced(axis: 1, 0..<blocks) : zeros
            centred = try codes.subtracting(numbers.converted(to: type).reshaped([rows, blocks, 1]))
        } else {
            centred = try codes.applying(.adding(-Double(1 << (bits - 1))))
        }
        return try centred.multiplied(by: scales.converted(to: type).reshaped([rows, blocks, 1]))
            .reshaped([rows, blocks * blockSize]).sliced(axis: 1, 0..<columns)
    }

    /// Packs a row's numbers, each below 2^bits, into bytes; the last byte is filled up with zeros.
    package func packed(_ numbers: [UInt8]) -> [UInt8] {
        let each = 8 / bits
        return stride(from: 0, to: numbers.count, by: each).map { start in
            (start..<min(start + each, numbers.count)).reduce(0) {
                $0 | numbers[$1] << UInt8(bits * ($1 - start))
            }
        }
    }
}
