import Torch

/// A tensor's reference to the storage that holds its elements, as pickled.
struct StorageReference: Hashable, Sendable {
    /// The name of the storage in the file.
    let key: String
    /// The type of its elements; nil for untyped bytes.
    let type: DType?
    /// The number of its elements, or of bytes if untyped.
    let count: Int
    /// The first element of the part in question, in files that save views of a storage.
    let viewOffset: Int

    /// The number of bytes of the whole storage.
    var byteCount: Int { count * (type?.byteCount ?? 1) }

    /// Reads `('storage', class, key, location, count)`, which the old format extends by `None` or
    /// `(view key, offset, count)`. The location (a device) is ignored.
    init(_ value: PickleValue, in document: PickleDocument) throws {
        let fields = document.items(of: value) ?? []
        guard fields.count >= 5, document.text(fields[0]) == "storage", case .global(let name) = fields[1],
            case let type = PyTorchNames.storages[name],
            type != nil || PyTorchNames.untypedStorages.contains(name), let key = document.text(fields[2]),
            case .integer(let count) = fields[4], count >= 0, count < 1 << 59
        else {
            throw CheckpointError.malformed(
                "a storage reference", expected: "('storage', class, key, location, count)",
                found: "(" + fields.prefix(6).map { document.describe($0) }.joined(separator: ", ") + ")")
        }
        self.key = key
        self.type = type
        self.count = count
        if fields.count > 5, let view = document.items(of: fields[5]) {
            guard view.count == 3, case .integer(let offset) = view[1], case .integer(let length) = view[2],
                offset >= 0, length >= 0, offset <= count, length <= count - offset
            else {
                throw CheckpointError.malformed(
                    "a view of storage '\(key)'", expected: "an offset and a count within \(count) elements",
                    found: view.map { document.describe($0) }.joined(separator: ", "))
            }
            viewOffset = offset
        } else {
            viewOffset = 0
        }
    }
}
