package import Foundation

/// Reads files of `torch.save`, without Python and without executing anything.
///
/// Both forms are read: the zip archive, and the stream of pickles that PyTorch wrote before 1.6. Tensors may
/// share storages and may be strided. All tensors together may take 64 MiB or 16 times the size of the file,
/// whichever is more: a view that expands one element to terabytes is rejected.
///
/// Source: PyTorch, torch/serialization.py and torch/_utils.py.
package enum PyTorchReader {
    /// The first number in the old form: 0x1950a86a20f9469cfc6c, least significant byte first.
    package static let magic = Data([0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19])

    /// Reads the zip form.
    ///
    /// - Throws: `CheckpointError` if the archive holds no state dictionary or is damaged.
    package static func readZip(_ bytes: Data) throws -> Checkpoint {
        let archive = try ZipArchive(bytes)
        let pickles = archive.entries.filter { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }
        guard let pickle = pickles.min(by: { $0.name.utf8.count < $1.name.utf8.count }) else {
            throw CheckpointError(
                .notACheckpoint(
                    archive.entries.contains { $0.name.hasSuffix(".npy") }
                        ? "it is a NumPy archive (.npz)" : "it is a zip archive without PyTorch's 'data.pkl'")
            )
        }
        let root = String(pickle.name.dropLast("data.pkl".count))
        guard archive.entry(named: root + "constants.pkl") == nil else {
            throw CheckpointError(
                .unsupported("a TorchScript archive; save the weights with torch.save(module.state_dict())"))
        }
        let (document, _) = try PickleMachine.load(
            archive.read(pickle), globals: .pyTorch, name: "'\(pickle.name)'")
        let source = try ZipStorageSource(archive: archive, root: root)
        var finder = StateFinder(
            TensorBuilder(document: document, source: source, limit: limit(fileSize: bytes.count)))
        return try finder.find()
    }

    /// Reads the form before PyTorch 1.6: magic number, protocol, system information, the object, keys, storages.
    ///
    /// - Throws: `CheckpointError` if it is another pickle or is damaged.
    package static func readLegacy(_ bytes: Data) throws -> Checkpoint {
        var position = 0
        func next(_ name: String) throws -> PickleDocument {
            let (document, end) = try PickleMachine.load(
                bytes, at: position, globals: .pyTorch, name: name)
            position = end
            return document
        }
        guard case .largeInteger(magic) = try next("the first pickle").root else {
            throw CheckpointError(
                .notACheckpoint("it is a Python pickle that torch.save did not write"))
        }
        let version = try next("the protocol number")
        guard version.root == .integer(1001) else {
            throw CheckpointError(
                .unsupported(
                    "the protocol \(version.describe(version.root)) of torch.save; only 1001 is supported"))
        }
        let system = try next("the system information")
        let isLittleEndian = system.value(of: system.root, at: "little_endian") ?? .boolean(true)
        let document = try next("the object")
        let list = try next("the list of storages")
        guard let keys = list.items(of: list.root) else {
            throw CheckpointError.malformed(
                "the list of storages", expected: "a list", found: list.describe(list.root))
        }
        let source = try LegacyStorageSource(
            bytes, at: position, keys: keys.map { list.text($0) ?? list.describe($0) },
            references: references(document), isBigEndian: isLittleEndian == .boolean(false))
        var finder = StateFinder(
            TensorBuilder(document: document, source: source, limit: limit(fileSize: bytes.count)))
        return try finder.find()
    }

    private static func references(_ document: PickleDocument) throws -> [String: StorageReference] {
        var result: [String: StorageReference] = [:]
        for key in document.referenceKeys() {
            let reference = try StorageReference(key, in: document)
            if let known = result[reference.key] {
                guard known.type == reference.type, known.count == reference.count else {
                    throw CheckpointError.malformed(
                        "storage '\(reference.key)'", expected: "one type and size", found: "two")
                }
            }
            result[reference.key] = reference
        }
        return result
    }

    private static func limit(fileSize: Int) -> Int {
        max(64 << 20, fileSize.multipliedReportingOverflow(by: 16).partialValue)
    }
}
