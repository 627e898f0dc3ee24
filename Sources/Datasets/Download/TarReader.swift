package import Foundation

/// Reads a tar archive (POSIX.1-1988 and later) as a stream, and yields the requested regular files.
///
/// Everything else is skipped: other names, links, folders, devices. Nothing in the archive decides where a
/// file is written.
package struct TarReader {
    private static let blockSize = 512
    /// An upper limit on the size of requested files.
    private static let greatestFile = 1 << 30

    /// The name to write a file under, by its name in the archive.
    private let wanted: [String: String]
    private let archive: String
    private var buffer: [UInt8] = []
    /// The file whose bytes come next; nil while skipping.
    private var current: String?
    /// The remaining bytes of the entry, and of its padding.
    private var left = 0
    private var padding = 0
    private var contents = Data()

    /// Starts reading.
    ///
    /// - Parameters:
    ///   - archive: The archive's name for error messages.
    ///   - wanted: Names of files in the archive, each with the name to yield it under.
    package init(_ archive: String, wanted: [String: String]) {
        (self.archive, self.wanted) = (archive, wanted)
    }

    /// Adds the next bytes.
    ///
    /// - Parameter body: Receives every complete file: its name and its bytes.
    /// - Throws: `DatasetError` for a damaged header, and errors from `body`.
    package mutating func read(_ bytes: UnsafeRawBufferPointer, _ body: (String, Data) throws -> Void) throws
    {
        var place = 0
        while place < bytes.count {
            if left > 0 {
                let count = min(left, bytes.count - place)
                if current != nil { contents.append(contentsOf: bytes[place..<place + count]) }
                (left, place) = (left - count, place + count)
                if left == 0, let name = current {
                    try body(name, contents)
                    (current, contents) = (nil, Data())
                }
            } else if padding > 0 {
                let count = min(padding, bytes.count - place)
                (padding, place) = (padding - count, place + count)
            } else {
                let count = min(Self.blockSize - buffer.count, bytes.count - place)
                buffer += bytes[place..<place + count]
                place += count
                guard buffer.count == Self.blockSize else { return }
                try readHeader(body)
                buffer.removeAll(keepingCapacity: true)
            }
        }
    }

    /// Checks that the archive did not end inside a file.
    package func end() throws {
        guard left == 0, padding == 0, buffer.isEmpty else {
            throw damaged("an archive that is complete", "one that is cut short")
        }
    }

    private mutating func readHeader(_ body: (String, Data) throws -> Void) throws {
        // Blocks of zeros end the archive.
        guard buffer.contains(where: { $0 != 0 }) else { return }
        let sum = buffer.enumerated().reduce(0) {
            $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element))
        }
        guard let stored = number(148..<156), stored == sum, let size = number(124..<136) else {
            throw damaged("a header with the sum of its bytes", "another")
        }
        (left, padding) = (size, (Self.blockSize - size % Self.blockSize) % Self.blockSize)
        let isFile = [0, UInt8(ascii: "0")].contains(buffer[156])
        guard isFile, let name = wanted[text(0..<100)] else { return }
        guard size <= Self.greatestFile else {
            throw damaged("\(name) of at most \(Self.greatestFile) bytes", "\(size)")
        }
        current = name
        if size == 0 {
            try body(name, Data())
            current = nil
        }
    }

    /// Reads octal digits between spaces and zeros; nil for anything else.
    private func number(_ range: Range<Int>) -> Int? {
        Int(text(range).trimmingCharacters(in: .whitespaces), radix: 8).flatMap { $0 >= 0 ? $0 : nil }
    }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: buffer[range].prefix { $0 != 0 }, as: UTF8.self)
    }

    private func damaged(_ expected: String, _ found: String) -> DatasetError {
        .malformed(file: archive, what: "the archive", expected: expected, found: found)
    }
}
