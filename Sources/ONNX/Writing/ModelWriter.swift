import Checkpoints
import Foundation
import SwiftProtobuf

/// Writes a model without ever holding two copies of more than one large tensor.
///
/// In protocol buffers, fields may come in any order, and a message may be the concatenation of its parts. So
/// the stored tensors follow the rest of the graph one by one.
struct ModelWriter {
    /// Protocol buffers cannot be longer than this.
    static let greatestFile = Int(Int32.max)
    /// Room for everything except stored tensors.
    private static let margin = 1 << 26
    /// Smaller tensors stay in the model even if others do not.
    private static let leastExternal = 1024
    /// Tensors start on a page, so that readers can map them.
    private static let alignment = 4096

    private var exported: ExportedModel
    private var isExternal: [Bool]

    /// Decides which tensors go into an external file: those that were in one, and large ones if all together
    /// are too long for one file.
    init(_ exported: ExportedModel, sizeLimit: Int = greatestFile) throws {
        self.exported = exported
        isExternal = exported.wereExternal
        let size = zip(exported.payloads, isExternal).reduce(0) { $0 + ($1.1 ? 0 : $1.0.count) }
        if size > min(sizeLimit, Self.greatestFile - Self.margin) {
            isExternal = exported.payloads.map { $0.count >= Self.leastExternal }
        }
    }

    /// Writes the file, and beside it one with ".data" appended to its name if tensors go there.
    ///
    /// Each is written whole or not at all, the model last.
    /// - Returns: The files.
    mutating func write(to file: URL) throws -> [URL] {
        var files = [file]
        if isExternal.contains(true) {
            let data = file.deletingLastPathComponent().appendingPathComponent(
                file.lastPathComponent + ".data")
            layOut(in: data.lastPathComponent)
            try AtomicFile.replace(data) { append in try writeData(append) }
            files.append(data)
        }
        let parts = try parts()
        try AtomicFile.replace(file) { append in try write(parts, append) }
        return files
    }

    /// Returns the bytes of a model that needs no other file.
    ///
    /// - Throws: `ONNXError` if it is too large for that.
    func data() throws -> Data {
        guard !isExternal.contains(true) else {
            throw ONNXError("the model is too large for one file: its tensors take more than 2 GB")
        }
        var result = Data()
        try write(parts()) { result.append(contentsOf: $0) }
        return result
    }

    // MARK: The data file

    private mutating func layOut(in location: String) {
        var offset = 0
        for index in exported.payloads.indices where isExternal[index] {
            offset = (offset + Self.alignment - 1) / Self.alignment * Self.alignment
            let length = exported.payloads[index].count
            let entries = [("location", location), ("offset", "\(offset)"), ("length", "\(length)")]
            exported.model.graph.initializer[index].clearRawData()
            exported.model.graph.initializer[index].dataLocation = .external
            exported.model.graph.initializer[index].externalData = entries.map { key, value in
                var entry = Onnx_StringStringEntryProto()
                (entry.key, entry.value) = (key, value)
                return entry
            }
            offset += length
        }
    }

    private func writeData(_ append: (UnsafeRawBufferPointer) throws -> Void) throws {
        var offset = 0
        for index in exported.payloads.indices where isExternal[index] {
            let gap = (Self.alignment - offset % Self.alignment) % Self.alignment
            try [UInt8](repeating: 0, count: gap).withUnsafeBytes(append)
            try exported.payloads[index].withBytes(append)
            offset += gap + exported.payloads[index].count
        }
    }

    // MARK: The model file

    /// The pieces of the file, and the length of the graph's message.
    private struct Parts {
        let model: [UInt8]
        let graph: [UInt8]
        let tensors: [[UInt8]]
        let graphLength: Int
    }

    private func parts() throws -> Parts {
        var (model, graph) = (exported.model, exported.model.graph)
        var tensors: [[UInt8]] = []
        var length = 0
        for (index, message) in graph.initializer.enumerated() {
            var message = message
            let payload = isExternal[index] ? 0 : exported.payloads[index].count
            if payload > 0 { message.clearRawData() }
            var head: [UInt8] = try message.serializedBytes()
            if payload > 0 { head += [Tag.rawData] + Self.varint(payload) }
            head = [Tag.initialiser] + Self.varint(head.count + payload) + head
            tensors.append(head)
            length += head.count + payload
        }
        graph.initializer = []
        model.clearGraph()
        let graphBytes: [UInt8] = try graph.serializedBytes()
        let parts = Parts(
            model: try model.serializedBytes(), graph: graphBytes, tensors: tensors,
            graphLength: length + graphBytes.count)
        guard parts.graphLength + parts.model.count < Self.greatestFile else {
            throw ONNXError(
                "the model takes \(parts.graphLength) bytes without its tensors, too many for one file")
        }
        return parts
    }

    private func write(_ parts: Parts, _ append: (UnsafeRawBufferPointer) throws -> Void) throws {
        let head = parts.model + [Tag.graph] + Self.varint(parts.graphLength) + parts.graph
        try head.withUnsafeBytes(append)
        for (index, tensor) in parts.tensors.enumerated() {
            try tensor.withUnsafeBytes(append)
            if !isExternal[index] { try exported.payloads[index].withBytes(append) }
        }
    }

    /// Field numbers with the wire type of fields that have a length.
    private enum Tag {
        static let graph: UInt8 = 7 << 3 | 2
        static let initialiser: UInt8 = 5 << 3 | 2
        static let rawData: UInt8 = 9 << 3 | 2
    }

    private static func varint(_ value: Int) -> [UInt8] {
        var (rest, bytes): (UInt64, [UInt8]) = (UInt64(value), [])
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
