import Foundation
import Torch

/// Finds the state dictionary in the contents of a PyTorch file.
///
/// It is the root itself, or under one of `keys`, possibly nested. Plain numbers and text beside it
/// (including NumPy's scalars and tensors of one element) become metadata.
struct StateFinder<Source: StorageSource> {
    private var builder: TensorBuilder<Source>
    private var metadata: [String: MetadataValue] = [:]
    private var document: PickleDocument { builder.document }

    private static var keys: [String] { ["model_state_dict", "state_dict", "net", "model"] }

    init(_ builder: TensorBuilder<Source>) {
        self.builder = builder
    }

    mutating func find() throws -> Checkpoint {
        var level = document.root
        // Files nest a level or two; the limit stops dictionaries that contain themselves.
        for _ in 0..<8 {
            guard let entries = document.entries(of: level) else {
                throw CheckpointError.malformed(
                    "the pickle", expected: "a dictionary of tensors", found: document.describe(level))
            }
            let document = document
            let inner = Self.keys.lazy.compactMap { key in
                entries.first { document.text($0.key) == key && document.entries(of: $0.value) != nil }
            }.first
            guard let inner else { return try checkpoint(entries) }
            for entry in entries where document.text(entry.key) != document.text(inner.key) {
                try collectMetadata(entry.key, entry.value)
            }
            level = inner.value
        }
        throw CheckpointError.malformed(
            "the pickle", expected: "a state dictionary at most 8 levels deep", found: "more levels")
    }

    private mutating func checkpoint(
        _ entries: [(key: PickleValue, value: PickleValue)]
    ) throws -> Checkpoint {
        guard
            entries.contains(where: {
                builder.isTensor($0.value) || NumPyArray.isArray($0.value, in: document)
            })
        else {
            throw CheckpointError(
                .missing(
                    what: "a state dictionary (at the root or under \(Self.keys.joined(separator: ", ")))",
                    available: entries.map { document.text($0.key) ?? document.describe($0.key) }))
        }
        var state = StateDictionary()
        for (key, value) in entries {
            guard let name = document.text(key) else {
                throw CheckpointError.malformed(
                    "the name of a tensor", expected: "text", found: document.describe(key))
            }
            if builder.isTensor(value) {
                state[name] = try CheckpointError.naming(tensor: name) { try builder.tensor(value) }
            } else if NumPyArray.isArray(value, in: document) {
                state[name] = try CheckpointError.naming(tensor: name) {
                    try NumPyArray(value, in: document).tensor()
                }
            } else if let plain = plainValue(value) {
                metadata[name] = plain
            } else if value != .none {
                throw CheckpointError.malformed(
                    "entry '\(name)' of the state dictionary", expected: "a tensor",
                    found: document.describe(value))
            }
        }
        return Checkpoint(state: state.removingPrefix("module.") ?? state, metadata: metadata)
    }

    private mutating func collectMetadata(_ key: PickleValue, _ value: PickleValue) throws {
        guard let name = document.text(key) else { return }
        if let plain = plainValue(value) {
            metadata[name] = plain
        } else if builder.isTensor(value) {
            let tensor = try CheckpointError.naming(tensor: name) { try builder.tensor(value) }
            if tensor.shape.allSatisfy({ $0 == 1 }), let number = try ScalarElement.value(tensor) {
                metadata[name] = number
            }
        }
    }

    private func plainValue(_ value: PickleValue) -> MetadataValue? {
        switch value {
        case .boolean(let flag): return .boolean(flag)
        case .integer(let number): return .integer(number)
        case .float(let number): return .number(number)
        case .string, .bytes: return document.text(value).map { .text($0) }
        case .object:
            guard let call = document.call(of: value), call.callable.hasSuffix(".multiarray.scalar"),
                let array = try? NumPyArray(value, in: document)
            else { return nil }
            return ScalarElement.value(Array(array.bytes), type: array.type)
        default: return nil
        }
    }
}
