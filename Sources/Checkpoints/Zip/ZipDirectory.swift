import Foundation

/// Reads the central directory of a zip archive.
enum ZipDirectory {
    private struct Place {
        var entryCount: Int
        var offset: Int
        var size: Int
    }

    static func read(_ bytes: Data, limits: ZipArchive.Limits) throws -> [ZipEntry] {
        let place = try locate(bytes)
        guard place.entryCount <= limits.entries else {
            throw CheckpointError(
                .overLimit(
                    what: "the number of zip entries", limit: limits.entries, found: place.entryCount))
        }
        var whole = try ByteCursor(bytes, at: place.offset, name: "zip directory")
        var cursor = try ByteCursor(whole.take(place.size), name: "zip directory")
        var entries: [ZipEntry] = []
        // A directory record takes at least 46 bytes, so the directory's own size limits the count.
        entries.reserveCapacity(min(place.entryCount, place.size / 46))
        for _ in 0..<place.entryCount {
            if let entry = try readEntry(&cursor) { entries.append(entry) }
        }
        return entries
    }

    private static func locate(_ bytes: Data) throws -> Place {
        let end = try endRecord(bytes)
        var cursor = try ByteCursor(bytes, at: end + 4, name: "zip end record")
        let disk = try cursor.integer(UInt16.self)
        _ = try cursor.take(4)
        let entryCount = try cursor.count(UInt16.self)
        let size = try cursor.count(UInt32.self)
        let offset = try cursor.count(UInt32.self)
        if entryCount == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF,
            let large = try locateLarge(bytes, before: end)
        {
            return large
        }
        guard disk == 0 else {
            throw CheckpointError(.unsupported("a zip archive in several parts"))
        }
        return Place(entryCount: entryCount, offset: offset, size: size)
    }

    /// Finds the end-of-directory record, which only a comment may follow.
    private static func endRecord(_ bytes: Data) throws -> Int {
        let lowest = max(0, bytes.count - 22 - 0xFFFF)
        let found: Int? = bytes.withUnsafeBytes { raw in
            guard raw.count >= 22 else { return nil }
            return stride(from: raw.count - 22, through: lowest, by: -1).first { position in
                raw.loadUnaligned(fromByteOffset: position, as: UInt32.self).littleEndian == 0x0605_4B50
                    && position + 22
                        + Int(raw.loadUnaligned(fromByteOffset: position + 20, as: UInt16.self).littleEndian)
                        <= raw.count
            }
        }
        guard let found else {
            throw CheckpointError.malformed(
                "zip archive", expected: "an end-of-directory record",
                found: "none in \(bytes.count) bytes (the file may be cut short)")
        }
        return found
    }

    private static func locateLarge(_ bytes: Data, before end: Int) throws -> Place? {
        guard end >= 20 else { return nil }
        var locator = try ByteCursor(bytes, at: end - 20, name: "zip64 locator")
        guard try locator.integer(UInt32.self) == 0x0706_4B50 else { return nil }
        _ = try locator.take(4)
        var record = try ByteCursor(bytes, at: locator.count(UInt64.self), name: "zip64 end record")
        let signature = try record.integer(UInt32.self)
        guard signature == 0x0606_4B50 else {
            throw CheckpointError.malformed(
                "zip64 end record", expected: "its signature", found: String(signature, radix: 16))
        }
        _ = try record.take(28)
        let entryCount = try record.count(UInt64.self)
        let size = try record.count(UInt64.self)
        return try Place(entryCount: entryCount, offset: record.count(UInt64.self), size: size)
    }

    /// Reads one directory record; nil for a folder.
    private static func readEntry(_ cursor: inout ByteCursor) throws -> ZipEntry? {
        let signature = try cursor.integer(UInt32.self)
        guard signature == 0x0201_4B50 else {
            throw CheckpointError.malformed(
                "zip directory", expected: "an entry", found: String(signature, radix: 16))
        }
        _ = try cursor.take(4)
        let flags = try cursor.integer(UInt16.self)
        let method = try cursor.integer(UInt16.self)
        _ = try cursor.take(4)
        let checksum = try cursor.integer(UInt32.self)
        var compressedSize = try cursor.count(UInt32.self)
        var size = try cursor.count(UInt32.self)
        let nameLength = try cursor.count(UInt16.self)
        let extraLength = try cursor.count(UInt16.self)
        let commentLength = try cursor.count(UInt16.self)
        _ = try cursor.take(8)
        var headerOffset = try cursor.count(UInt32.self)
        let nameBytes = try cursor.take(nameLength)
        guard let name = String(validating: nameBytes, as: UTF8.self) else {
            throw CheckpointError.malformed("zip entry name", expected: "UTF-8", found: "other bytes")
        }
        let extra = try cursor.take(extraLength)
        _ = try cursor.take(commentLength)
        if let large = try largeFields(extra, name: name) {
            var fields = try ByteCursor(large, name: "zip64 field of '\(name)'")
            if size == 0xFFFF_FFFF { size = try fields.count(UInt64.self) }
            if compressedSize == 0xFFFF_FFFF { compressedSize = try fields.count(UInt64.self) }
            if headerOffset == 0xFFFF_FFFF { headerOffset = try fields.count(UInt64.self) }
        }
        if name.hasSuffix("/"), size == 0 { return nil }
        guard flags & 1 == 0 else { throw CheckpointError(.unsupported("zip entry '\(name)' is encrypted")) }
        return ZipEntry(
            name: name, method: try self.method(method, name: name, size: size, compressed: compressedSize),
            checksum: checksum, compressedSize: compressedSize, size: size, headerOffset: headerOffset)
    }

    private static func method(
        _ code: UInt16, name: String, size: Int, compressed: Int
    ) throws -> ZipEntry.Method {
        switch code {
        case 0:
            guard size == compressed else {
                throw CheckpointError.malformed(
                    "zip entry '\(name)', stored as it is", expected: "\(size) bytes",
                    found: "\(compressed) bytes")
            }
            return .stored
        case 8:
            // Deflate yields at most 258 bytes for 2 bits.
            let (most, overflow) = compressed.multipliedReportingOverflow(by: 1032)
            guard overflow || size <= most else {
                throw CheckpointError.malformed(
                    "zip entry '\(name)'", expected: "at most \(most) bytes from \(compressed) deflated ones",
                    found: "\(size)")
            }
            return .deflated
        default: throw CheckpointError(.unsupported("zip entry '\(name)' is compressed by method \(code)"))
        }
    }

    private static func largeFields(_ extra: Data, name: String) throws -> Data? {
        var cursor = try ByteCursor(extra, name: "extra field of zip entry '\(name)'")
        while cursor.remaining >= 4 {
            let identifier = try cursor.integer(UInt16.self)
            let field = try cursor.take(cursor.count(UInt16.self))
            if identifier == 1 { return field }
        }
        return nil
    }
}
