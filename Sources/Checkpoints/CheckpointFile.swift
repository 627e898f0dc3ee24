public import Foundation

/// Loads checkpoint files of all supported formats.
public enum CheckpointFile {
    /// Loads a checkpoint.
    ///
    /// The format follows from the first bytes, not from the name: PyTorch's zip archive, PyTorch's older
    /// stream of pickles, or safetensors. Nothing in the file is executed.
    ///
    /// - Parameter path: the file.
    /// - Returns: its tensors, and the numbers and text beside them.
    /// - Throws: `CheckpointError` naming the file and what is wrong with it.
    public static func load(_ path: String) throws -> Checkpoint {
        try load(URL(fileURLWithPath: path))
    }

    /// Loads a checkpoint.
    ///
    /// - Throws: `CheckpointError` naming the file and what is wrong with it.
    public static func load(_ file: URL) throws -> Checkpoint {
        try load(bytes(of: file), name: file.path)
    }

    /// Returns the CRC-32 of a file's bytes as eight hexadecimal digits.
    ///
    /// It distinguishes two files in a report; it does not protect against forgery.
    public static func checksum(_ path: String) throws -> String {
        Inflate.hexadecimalChecksum(try bytes(of: URL(fileURLWithPath: path)))
    }

    /// Loads a checkpoint from the bytes of a file.
    ///
    /// - Throws: `CheckpointError` naming the file and what is wrong with it.
    package static func load(_ bytes: Data, name: String) throws -> Checkpoint {
        try CheckpointError.naming(file: name) {
            if ZipArchive.recognises(bytes) { return try PyTorchReader.readZip(bytes) }
            if SafetensorsReader.recognises(bytes) { return try SafetensorsReader.read(bytes) }
            if bytes.count > 1, bytes.first == 0x80, bytes.dropFirst().first ?? 255 <= 5 {
                return try PyTorchReader.readLegacy(bytes)
            }
            throw CheckpointError(.notACheckpoint(FileSignature.explanation(bytes)))
        }
    }

    /// Returns the bytes of a file, mapped into memory where possible.
    ///
    /// - Throws: `CheckpointError` if there is no such file, or if it is a folder or unreadable.
    package static func bytes(of file: URL) throws -> Data {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder) else {
            throw CheckpointError(.unreadable("no such file"), file: file.path)
        }
        guard !isFolder.boolValue else {
            throw CheckpointError(.unreadable("it is a folder; give a file in it"), file: file.path)
        }
        do {
            return try Data(contentsOf: file, options: .mappedIfSafe)
        } catch {
            throw CheckpointError(.unreadable(error.localizedDescription), file: file.path)
        }
    }
}
