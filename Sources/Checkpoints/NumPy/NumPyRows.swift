package import Foundation
package import Torch

/// An array in a NumPy file whose rows (positions of the first axis) are read on request.
package struct NumPyRows: Sendable {
    /// The length of each axis, the first counting the rows.
    package let shape: [Int]
    /// The type of the elements.
    package let type: DType
    private let bytes: Data
    private let header: NumPyHeader
    private let rowBytes: Int
    /// The whole array, if its rows are not contiguous.
    private let whole: Tensor?

    /// Opens the arrays of a `.npy` or `.npz` file by name; that of a `.npy` file has the name
    /// `NumPyFile.unnamed`.
    ///
    /// - Throws: `CheckpointError` naming the file and what is wrong with it.
    package static func open(_ file: URL) throws -> [(name: String, rows: NumPyRows)] {
        try CheckpointError.naming(file: file.path) {
            let bytes = try CheckpointFile.bytes(of: file)
            if bytes.starts(with: NumPyHeader.magic) { return [(NumPyFile.unnamed, try NumPyRows(bytes))] }
            guard ZipArchive.recognises(bytes) else {
                throw CheckpointError(.notACheckpoint("it is neither a .npy file nor an .npz archive"))
            }
            let archive = try ZipArchive(bytes)
            return try archive.entries.filter { $0.name.hasSuffix(".npy") }.map { entry in
                let name = String(entry.name.dropLast(4))
                return try CheckpointError.naming(tensor: name) { (name, try NumPyRows(archive.read(entry))) }
            }
        }
    }

    private init(_ bytes: Data) throws {
        var cursor = try ByteCursor(bytes, name: "a NumPy array")
        header = try NumPyHeader(&cursor)
        (shape, type) = (header.shape, header.type)
        let size = try ElementLayout.byteCount(shape: shape, type: type)
        self.bytes = try cursor.take(size)
        rowBytes = shape.first.map { size / max($0, 1) } ?? size
        whole = header.isFortranOrder ? try NumPyFile.array(bytes) : nil
    }

    /// Returns some rows. `[range.count, shape[1], ...]`
    ///
    /// - Throws: `CheckpointError` for rows that do not exist.
    package func rows(_ range: Range<Int>) throws -> Tensor {
        guard let count = shape.first, range.lowerBound >= 0, range.upperBound <= count else {
            throw CheckpointError.malformed(
                "a NumPy array", expected: "rows \(range)", found: "an array of shape \(shape)")
        }
        if let whole { return try whole.sliced(axis: 0, range) }
        let start = bytes.startIndex + range.lowerBound * rowBytes
        var part = bytes[start..<start + range.count * rowBytes]
        if header.isBigEndian { part = ElementLayout.swapped(part, elementSize: type.byteCount) }
        return try ElementLayout.tensor(Data(part), shape: [range.count] + shape.dropFirst(), type: type)
    }
}
