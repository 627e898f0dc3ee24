import Foundation

/// Storages as records `data/<key>` of a zip archive.
struct ZipStorageSource: StorageSource {
    let archive: ZipArchive
    /// The folder inside the archive, with a slash at the end unless it is empty.
    let root: String
    let isBigEndian: Bool
    private var known: [String: Data] = [:]

    init(archive: ZipArchive, root: String) throws {
        self.archive = archive
        self.root = root
        if let entry = archive.entry(named: root + "byteorder") {
            let order = String(decoding: try archive.read(entry), as: UTF8.self)
            guard order == "little" || order == "big" else {
                throw CheckpointError.malformed(
                    "the byte order", expected: "'little' or 'big'", found: "'\(order.prefix(20))'")
            }
            isBigEndian = order == "big"
        } else {
            isBigEndian = false
        }
    }

    mutating func bytes(of storage: StorageReference) throws -> Data {
        let bytes: Data
        if let read = known[storage.key] {
            bytes = read
        } else {
            let name = root + "data/" + storage.key
            guard let entry = archive.entry(named: name) else {
                throw CheckpointError(
                    .missing(what: "the record '\(name)'", available: archive.entries.map(\.name)))
            }
            bytes = try archive.read(entry)
            known[storage.key] = bytes
        }
        guard bytes.count >= storage.byteCount else {
            throw CheckpointError(
                .truncated(
                    what: "storage '\(storage.key)'", expected: storage.byteCount, found: bytes.count))
        }
        return bytes.prefix(storage.byteCount)
    }
}
