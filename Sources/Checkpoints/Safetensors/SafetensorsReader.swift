package import Foundation
import Torch

/// Reads safetensors files.
///
/// The file is the length of a header (u64, little endian), the header in JSON, and the tensors' bytes. Each tensor
/// names its type, its shape and its range of bytes; the ranges cover all bytes after the header exactly once.
///
/// Source: https://github.com/huggingface/safetensors, "Format".
package enum SafetensorsReader {
    /// The largest header that is read, as in the reference implementation.
    static let greatestHeader = 100_000_000

    private struct Entry {
        let name: String
        let type: DType
        let shape: [Int]
        let range: Range<Int>
    }

    /// Returns whether bytes start as a safetensors file does.
    package static func recognises(_ bytes: Data) -> Bool {
        guard bytes.count > 8, bytes.dropFirst(8).first == UInt8(ascii: "{") else { return false }
        return bytes.withUnsafeBytes {
            UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) <= greatestHeader
        }
    }

    /// Reads the tensors and the text under `__metadata__`.
    ///
    /// - Throws: `CheckpointError` if the header is damaged or the ranges do not fit.
    package static func read(_ bytes: Data) throws -> Checkpoint {
        var cursor = try ByteCursor(bytes, name: "the file")
        let length = try cursor.count(UInt64.self)
        guard length <= greatestHeader else {
            throw CheckpointError(
                .overLimit(what: "the length of the header", limit: greatestHeader, found: length))
        }
        guard case .object(let members) = try JSONReader.read(cursor.take(length)) else {
            throw CheckpointError.malformed("the header", expected: "an object", found: "another value")
        }
        var metadata: [String: MetadataValue] = [:]
        var entries: [Entry] = []
        for member in members {
            if member.key == "__metadata__" {
                metadata = try texts(member.value)
            } else {
                entries.append(try CheckpointError.naming(tensor: member.key) { try entry(member) })
            }
        }
        let data = try cursor.take(cursor.remaining)
        try checkCover(entries, size: data.count)
        var state = StateDictionary()
        for entry in entries {
            let content = data.dropFirst(entry.range.lowerBound).prefix(entry.range.count)
            state[entry.name] = try CheckpointError.naming(tensor: entry.name) {
                try ElementLayout.tensor(content, shape: entry.shape, type: entry.type)
            }
        }
        return Checkpoint(state: state, metadata: metadata)
    }

    private static func texts(_ value: JSONValue) throws -> [String: MetadataValue] {
        guard case .object(let members) = value else {
            throw CheckpointError.malformed("'__metadata__'", expected: "an object", found: "another value")
        }
        var result: [String: MetadataValue] = [:]
        for member in members {
            guard case .string(let text) = member.value else {
                throw CheckpointError.malformed(
                    "'\(member.key)' in '__metadata__'", expected: "text", found: "another value")
            }
            result[member.key] = .text(text)
        }
        return result
    }

    private static func entry(_ member: JSONValue.Member) throws -> Entry {
        guard case .object(let fields) = member.value else {
            throw CheckpointError.malformed("the header", expected: "an object", found: "another value")
        }
        func field(_ name: String) throws -> JSONValue {
            guard let field = fields.first(where: { $0.key == name }) else {
                throw CheckpointError(.missing(what: "the field '\(name)'", available: fields.map(\.key)))
            }
            return field.value
        }
        guard case .string(let typeName) = try field("dtype") else {
            throw CheckpointError.malformed("'dtype'", expected: "text", found: "another value")
        }
        guard let type = SafetensorsType.type(typeName) else {
            throw CheckpointError(.unsupported("elements of type '\(typeName.prefix(40))'"))
        }
        let shape = try integers(field("shape"), name: "shape")
        let offsets = try integers(field("data_offsets"), name: "data_offsets")
        guard offsets.count == 2, offsets[0] <= offsets[1] else {
            throw CheckpointError.malformed(
                "'data_offsets'", expected: "a beginning and an end", found: "\(offsets)")
        }
        let size = try ElementLayout.byteCount(shape: shape, type: type)
        guard offsets[1] - offsets[0] == size else {
            throw CheckpointError.malformed(
                "'data_offsets'", expected: "\(size) bytes for \(typeName) \(shape)",
                found: "\(offsets[1] - offsets[0])")
        }
        return Entry(name: member.key, type: type, shape: shape, range: offsets[0]..<offsets[1])
    }

    private static func integers(_ value: JSONValue, name: String) throws -> [Int] {
        guard case .array(let elements) = value else {
            throw CheckpointError.malformed("'\(name)'", expected: "an array", found: "another value")
        }
        return try elements.map { element in
            guard case .integer(let number) = element, number >= 0 else {
                throw CheckpointError.malformed(
                    "'\(name)'", expected: "integers of 0 or more", found: "another value")
            }
            return number
        }
    }

    private static func checkCover(_ entries: [Entry], size: Int) throws {
        var end = 0
        for entry in entries.sorted(by: {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }) {
            guard entry.range.lowerBound == end else {
                throw CheckpointError.malformed(
                    "'data_offsets'", expected: "a beginning at \(end), where the one before ends",
                    found: "\(entry.range.lowerBound)", tensor: entry.name)
            }
            end = entry.range.upperBound
        }
        guard end <= size else {
            throw CheckpointError(.truncated(what: "the data behind the header", expected: end, found: size))
        }
        guard end == size else {
            throw CheckpointError.malformed(
                "the data behind the header", expected: "\(end) bytes", found: "\(size)")
        }
    }
}
