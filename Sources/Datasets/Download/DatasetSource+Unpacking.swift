internal import Checkpoints
public import Foundation

extension DatasetSource {
    /// An upper limit on the size of uncompressed files.
    private static let greatestFile = 1 << 30

    /// Checks a downloaded file.
    ///
    /// - Throws: `DatasetError` if it is not the published file.
    public func verify(_ archive: Archive, at file: URL) throws {
        let found = try SHA256.digest(ofFile: file.path)
        guard found == archive.sha256 else {
            throw DatasetError.malformed(
                file: file.path, what: "SHA-256", expected: archive.sha256, found: found)
        }
    }

    /// Unpacks downloaded files into a folder that appears whole or not at all.
    ///
    /// Only files of the data set are written, under their own names; anything else in an archive is skipped.
    /// - Parameters:
    ///   - files: The downloaded files, in the order of `archives`.
    ///   - parent: The folder to put the data set's folder in; an existing one of its name is replaced.
    /// - Returns: The folder.
    /// - Throws: `DatasetError` or `CheckpointError` if a file is damaged or incomplete; then nothing is
    ///   written.
    public func unpack(_ files: [URL], into parent: URL) throws -> URL {
        let target = parent.appendingPathComponent(folder, isDirectory: true)
        let temporary = parent.appendingPathComponent(
            ".\(folder).\(UUID().uuidString).tmp", isDirectory: true)
        let manager = FileManager.default
        do {
            try manager.createDirectory(at: temporary, withIntermediateDirectories: true)
            defer { try? manager.removeItem(at: temporary) }
            for (archive, file) in zip(archives, files) { try unpack(archive, file, into: temporary) }
            if manager.fileExists(atPath: target.path) { try manager.removeItem(at: target) }
            try manager.moveItem(at: temporary, to: target)
        } catch let error as CocoaError {
            throw DatasetError.unreadable(file: target.path, reason: error.localizedDescription)
        }
        return target
    }

    private func unpack(_ archive: Archive, _ file: URL, into folder: URL) throws {
        var missing = Set(archive.members.values)
        func write(_ name: String, _ contents: Data) throws {
            try contents.write(to: folder.appendingPathComponent(name))
            missing.remove(name)
        }
        let data = try DataFile.bytes(of: file)
        if archive.isTar {
            var reader = TarReader(file.path, wanted: archive.members)
            try Gunzip.pieces(of: data, name: file.path) { try reader.read($0, write) }
            try reader.end()
        } else if let name = archive.members.values.first {
            var contents = Data()
            try Gunzip.pieces(of: data, name: file.path) { piece in
                contents.append(contentsOf: piece)
                guard contents.count <= Self.greatestFile else {
                    throw DatasetError.malformed(
                        file: file.path, what: "the file in it",
                        expected: "at most \(Self.greatestFile) bytes",
                        found: "more")
                }
            }
            try write(name, contents)
        }
        guard missing.isEmpty else {
            throw DatasetError.malformed(
                file: file.path, what: "the archive", expected: missing.sorted().joined(separator: ", "),
                found: "no such file")
        }
    }
}
