package import Foundation

/// Reads a run of bytes from front to back; every read is checked against the end.
package struct ByteCursor {
    private let bytes: Data
    /// What is being read, for error messages.
    package let name: String
    /// The position of the next byte, counted from the first.
    package private(set) var offset: Int

    /// Starts at an offset.
    ///
    /// - Throws: `CheckpointError` if the offset lies outside the bytes.
    package init(_ bytes: Data, at offset: Int = 0, name: String) throws {
        guard offset >= 0, offset <= bytes.count else {
            throw CheckpointError(.truncated(what: name, expected: offset, found: bytes.count))
        }
        self.bytes = bytes
        self.name = name
        self.offset = offset
    }

    /// The number of bytes from the position to the end.
    package var remaining: Int { bytes.count - offset }

    /// Reads a little-endian integer.
    package mutating func integer<Number: FixedWidthInteger>(_: Number.Type) throws -> Number {
        let size = MemoryLayout<Number>.size
        try require(size)
        let start = offset
        offset += size
        return bytes.withUnsafeBytes {
            Number(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: Number.self))
        }
    }

    /// Reads a little-endian count and checks that it fits into `Int`.
    package mutating func count<Number: FixedWidthInteger>(_ type: Number.Type) throws -> Int {
        let number = try integer(type)
        guard let value = Int(exactly: number), value >= 0 else {
            throw CheckpointError.malformed("\(name), a count", expected: "0 or more", found: "\(number)")
        }
        return value
    }

    /// Takes the next bytes, without copying them.
    package mutating func take(_ count: Int) throws -> Data {
        try require(count)
        let start = bytes.startIndex + offset
        offset += count
        return bytes[start..<start + count]
    }

    /// Takes the bytes up to the next line feed, which is consumed but not returned.
    package mutating func line() throws -> Data {
        let start = bytes.startIndex + offset
        guard let end = bytes[start...].firstIndex(of: 10) else {
            throw CheckpointError.malformed(
                "\(name), a text argument", expected: "a line feed", found: "the end")
        }
        offset += end - start + 1
        return bytes[start..<end]
    }

    private func require(_ count: Int) throws {
        guard count >= 0, count <= remaining else {
            let (expected, overflow) = offset.addingReportingOverflow(count)
            throw CheckpointError(
                .truncated(what: name, expected: overflow ? .max : expected, found: bytes.count))
        }
    }
}
