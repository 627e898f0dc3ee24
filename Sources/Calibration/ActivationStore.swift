internal import Graph
internal import Torch

/// The activations of all batches: in memory up to a limit, beyond it in a temporary file.
final class ActivationStore {
    /// A value of one network in one batch.
    struct Key: Hashable {
        let network: CalibrationWalk.Network
        let value: ValueID
        let batch: Int
    }

    private enum Entry {
        case memory(Tensor, bytes: Int)
        case file(SpillFile.Extent)
    }

    private let limit: Int
    private var entries: [Key: Entry] = [:]
    private var file: SpillFile?
    /// The number of bytes in memory.
    private(set) var occupied = 0
    /// The number of tensors written to the file so far.
    private(set) var spilled = 0

    /// Makes an empty store.
    ///
    /// - Parameter limit: The largest number of bytes in memory.
    init(limit: Int) {
        self.limit = limit
    }

    /// Returns a tensor; nil if it is not stored.
    func tensor(_ key: Key) throws -> Tensor? {
        switch entries[key] {
        case .memory(let tensor, _): tensor
        case .file(let extent): try file?.read(extent)
        case nil: nil
        }
    }

    /// Stores a tensor.
    func set(_ tensor: Tensor, for key: Key) throws {
        remove(key)
        let bytes = tensor.count * tensor.type.byteCount
        if occupied + bytes <= limit {
            occupied += bytes
            entries[key] = .memory(tensor, bytes: bytes)
            return
        }
        let file = try self.file ?? SpillFile()
        self.file = file
        entries[key] = .file(try file.write(tensor))
        spilled += 1
    }

    /// Releases a tensor, if it is stored.
    func remove(_ key: Key) {
        switch entries.removeValue(forKey: key) {
        case .memory(_, let bytes): occupied -= bytes
        case .file(let extent): file?.release(extent)
        case nil: break
        }
    }
}
