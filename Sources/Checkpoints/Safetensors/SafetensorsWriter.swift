public import Foundation
import Torch

/// Writes safetensors files.
///
/// Names appear in the header in the order of the state dictionary. In the data, tensors of larger elements
/// come first, so that each is aligned to its elements.
public enum SafetensorsWriter {
    /// Writes tensors and text to a file, whole or not at all.
    ///
    /// - Parameters:
    ///   - state: the tensors.
    ///   - metadata: text for `__metadata__`; the keys are sorted.
    ///   - file: where to write; an existing file is replaced.
    /// - Throws: `CheckpointError` if the file cannot be written, or if a tensor is named `__metadata__`.
    public static func write(
        _ state: StateDictionary, metadata: [String: String] = [:], to file: URL
    ) throws {
        let (header, order) = try CheckpointError.naming(file: file.path) {
            try layOut(state, metadata: metadata)
        }
        try AtomicFile.replace(file) { append in
            try header.withUnsafeBytes { try append($0) }
            for tensor in order {
                try tensor.bytes().withUnsafeBytes { try append($0) }
            }
        }
    }

    /// Returns the contents of the file that `write` would write.
    ///
    /// - Throws: `CheckpointError` if a tensor is named `__metadata__`.
    package static func data(_ state: StateDictionary, metadata: [String: String] = [:]) throws -> Data {
        let (header, order) = try layOut(state, metadata: metadata)
        return try order.reduce(into: Data(header)) { $0 += try $1.bytes() }
    }

    private static func layOut(
        _ state: StateDictionary, metadata: [String: String]
    ) throws -> (header: [UInt8], order: [Tensor]) {
        guard state["__metadata__"] == nil else {
            throw CheckpointError(
                .unsupported("a tensor of this name in safetensors"), tensor: "__metadata__")
        }
        let tensors = Array(state)
        let order = tensors.indices.sorted {
            (tensors[$1].tensor.type.byteCount, $0) < (tensors[$0].tensor.type.byteCount, $1)
        }
        var ranges = [Range<Int>](repeating: 0..<0, count: tensors.count)
        var end = 0
        for index in order {
            let tensor = tensors[index].tensor
            let size = try ElementLayout.byteCount(shape: tensor.shape, type: tensor.type)
            ranges[index] = end..<end + size
            end += size
        }
        var members = zip(tensors, ranges).map { entry, range in
            let type = SafetensorsType.name(entry.tensor.type)
            let shape = entry.tensor.shape.map { "\($0)" }.joined(separator: ",")
            return "\(quoted(entry.name)):{\"dtype\":\"\(type)\",\"shape\":[\(shape)],"
                + "\"data_offsets\":[\(range.lowerBound),\(range.upperBound)]}"
        }
        if !metadata.isEmpty {
            let texts = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
            members.insert("\"__metadata__\":{\(texts.joined(separator: ","))}", at: 0)
        }
        var text = Array("{\(members.joined(separator: ","))}".utf8)
        // White space at the end keeps the data aligned to eight bytes.
        text += [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
        guard text.count <= SafetensorsReader.greatestHeader else {
            throw CheckpointError(
                .overLimit(
                    what: "the length of the header", limit: SafetensorsReader.greatestHeader,
                    found: text.count))
        }
        let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
        return (length + text, order.map { tensors[$0].tensor })
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{8}": result += "\\b"
            case "\u{C}": result += "\\f"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0}"..<"\u{20}":
                let code = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - code.count) + code
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
