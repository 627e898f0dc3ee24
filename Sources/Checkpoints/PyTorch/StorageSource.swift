import Foundation

/// A source of the bytes of storages.
protocol StorageSource {
    /// Whether numbers are stored with the most significant byte first.
    var isBigEndian: Bool { get }

    /// Returns the bytes of a storage, as many as it declares.
    ///
    /// - Throws: `CheckpointError` if it is missing or cut short.
    mutating func bytes(of storage: StorageReference) throws -> Data
}
