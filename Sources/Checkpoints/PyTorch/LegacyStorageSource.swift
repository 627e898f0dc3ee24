import Foundation

/// Storages that follow the pickles one after the other, in the format before PyTorch 1.6.
struct LegacyStorageSource: StorageSource {
    let isBigEndian: Bool
    private var storages: [String: Data] = [:]

    /// Reads the storages in the order of their keys: a count of elements (int64), then the elements.
    init(
        _ bytes: Data, at offset: Int, keys: [String], references: [String: StorageReference],
        isBigEndian: Bool
    ) throws {
        self.isBigEndian = isBigEndian
        var cursor = try ByteCursor(bytes, at: offset, name: "the storages")
        for key in keys {
            guard let reference = references[key] else {
                throw CheckpointError.malformed(
                    "storage '\(key.prefix(40))'", expected: "a tensor that uses it", found: "none")
            }
            let declared = try cursor.integer(Int64.self)
            let count = isBigEndian ? declared.byteSwapped : declared
            guard count == reference.count else {
                throw CheckpointError.malformed(
                    "storage '\(key)'", expected: "\(reference.count) elements", found: "\(count)")
            }
            storages[key] = try cursor.take(reference.byteCount)
        }
    }

    mutating func bytes(of storage: StorageReference) throws -> Data {
        guard let bytes = storages[storage.key] else {
            throw CheckpointError(
                .missing(what: "storage '\(storage.key)'", available: storages.keys.sorted()))
        }
        guard bytes.count >= storage.byteCount else {
            throw CheckpointError(
                .truncated(what: "storage '\(storage.key)'", expected: storage.byteCount, found: bytes.count))
        }
        return bytes.prefix(storage.byteCount)
    }
}
