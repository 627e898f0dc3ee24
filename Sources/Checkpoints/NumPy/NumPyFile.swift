public import Foundation
import Torch

/// Reads and writes NumPy's `.npy` files, which hold one array, and `.npz` files, which hold named ones.
public enum NumPyFile {
    /// The name used for the array of a `.npy` file, which has no name.
    public static let unnamed = ""

    /// Returns whether bytes start as one of the two formats; an archive must hold arrays.
    package static func recognises(_ bytes: Data) -> Bool {
        if bytes.starts(with: NumPyHeader.magic) { return true }
        guard ZipArchive.recognises(bytes), let archive = try? ZipArchive(bytes) else { return false }
        return archive.entries.contains { $0.name.hasSuffix(".npy") }
    }

    /// Reads the arrays of a file in the order in which they are stored.
    ///
    /// - Throws: `CheckpointError` naming the file and what is wrong with it.
    public static func read(_ file: URL) throws -> StateDictionary {
        try CheckpointError.naming(file: file.path) {
            let bytes = try CheckpointFile.bytes(of: file)
            if bytes.starts(with: NumPyHeader.magic) {
                return StateDictionary([(unnamed, try array(bytes))])
            }
            let archive = try ZipArchive(bytes)
            return StateDictionary(
                try archive.entries.filter { $0.name.hasSuffix(".npy") }.map { entry in
                    let name = String(entry.name.dropLast(4))
                    return try CheckpointError.naming(tensor: name) {
                        (name, try array(archive.read(entry)))
                    }
                })
        }
    }

    /// Writes tensors as one `.npz` file, whole or not at all; bfloat16 becomes single precision.
    ///
    /// - Throws: `CheckpointError` if the file cannot be written or would be larger than a plain zip archive
    ///   can be.
    public static func write(_ tensors: StateDictionary, to file: URL) throws {
        var archive = ZipWriter()
        for (name, tensor) in tensors {
            let plain = tensor.type == .bfloat16 ? try tensor.converted(to: .float32) : tensor
            let header = try NumPyHeader.data(type: plain.type, shape: plain.shape)
            try CheckpointError.naming(file: file.path, tensor: name) {
                try archive.add(name + ".npy", header + Data(plain.bytes()))
            }
        }
        let bytes = try CheckpointError.naming(file: file.path) { try archive.finished() }
        try AtomicFile.replace(file) { append in try bytes.withUnsafeBytes { try append($0) } }
    }

    static func array(_ bytes: Data) throws -> Tensor {
        var cursor = try ByteCursor(bytes, name: "a NumPy array")
        let header = try NumPyHeader(&cursor)
        let size = try ElementLayout.byteCount(shape: header.shape, type: header.type)
        var elements = try cursor.take(size)
        if header.isBigEndian {
            elements = ElementLayout.swapped(elements, elementSize: header.type.byteCount)
        }
        guard header.isFortranOrder else {
            return try ElementLayout.tensor(Data(elements), shape: header.shape, type: header.type)
        }
        let reversed = Array(header.shape.reversed())
        return try ElementLayout.tensor(Data(elements), shape: reversed, type: header.type)
            .permuted(Array(header.shape.indices.reversed()))
    }
}
