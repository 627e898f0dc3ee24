package import Foundation

/// A zip archive that is read in place.
///
/// The central directory, zip64, and stored and deflated entries are supported. Every offset and every
/// checksum is checked. The uncompressed sizes of all entries together are limited by `Limits`, so an archive
/// that would expand to far more than it holds is rejected before anything is expanded.
///
/// Source: PKWARE, APPNOTE.TXT, sections 4.3 to 4.5.
package struct ZipArchive: Sendable {
    /// How much an archive may expand to.
    package struct Limits: Hashable, Sendable {
        /// The largest number of entries.
        package var entries = 1 << 20
        /// All entries together may take this many bytes once uncompressed, whatever the size of the archive.
        package var bytes = 256 << 20
        /// All entries together may take this many times the size of the archive once uncompressed.
        package var ratio = 64

        /// The defaults: 2^20 entries, 256 MiB or 64 times the archive.
        package init() {}
    }

    /// The entries in the order of the central directory.
    package let entries: [ZipEntry]
    private let bytes: Data
    private let places: [String: Int]

    /// Returns whether bytes start as a zip archive does.
    package static func recognises(_ bytes: Data) -> Bool {
        bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) || bytes.starts(with: [0x50, 0x4B, 0x05, 0x06])
    }

    /// Reads the central directory.
    ///
    /// - Throws: `CheckpointError` if it is damaged, if a name occurs twice or a limit is exceeded.
    package init(_ bytes: Data, limits: Limits = Limits()) throws {
        self.bytes = bytes
        entries = try ZipDirectory.read(bytes, limits: limits)
        places = try Dictionary(
            entries.enumerated().map { ($1.name, $0) },
            uniquingKeysWith: { first, _ in
                throw CheckpointError.malformed(
                    "zip directory", expected: "names that occur once", found: "a name twice (entry \(first))"
                )
            })
        try Self.check(entries, limits: limits, archiveSize: bytes.count)
    }

    /// Returns the entry with a name, or nil.
    package func entry(named name: String) -> ZipEntry? {
        places[name].map { entries[$0] }
    }

    /// Returns an entry's bytes; those of a stored entry are not copied.
    ///
    /// - Throws: `CheckpointError` if the local header, the compressed data or the checksum is wrong.
    package func read(_ entry: ZipEntry) throws -> Data {
        let data = try compressed(entry)
        let result: Data
        switch entry.method {
        case .stored: result = data
        case .deflated: result = try Inflate.inflate(data, size: entry.size, name: entry.name)
        }
        let checksum = Inflate.checksum(result)
        guard checksum == entry.checksum else {
            throw CheckpointError.malformed(
                "zip entry '\(entry.name)' (damaged, or written with checksums turned off)",
                expected: "the CRC-32 \(String(entry.checksum, radix: 16))",
                found: String(checksum, radix: 16))
        }
        return result
    }

    private func compressed(_ entry: ZipEntry) throws -> Data {
        var cursor = try ByteCursor(bytes, at: entry.headerOffset, name: "zip entry '\(entry.name)'")
        let signature = try cursor.integer(UInt32.self)
        guard signature == 0x0403_4B50 else {
            throw CheckpointError.malformed(
                cursor.name, expected: "a local header at \(entry.headerOffset)",
                found: String(signature, radix: 16))
        }
        _ = try cursor.take(22)
        let nameLength = try cursor.count(UInt16.self)
        let extraLength = try cursor.count(UInt16.self)
        let name = try cursor.take(nameLength)
        guard name.elementsEqual(entry.name.utf8) else {
            throw CheckpointError.malformed(
                cursor.name, expected: "the same name in its local header",
                found: "'\(String(decoding: name, as: UTF8.self))'")
        }
        _ = try cursor.take(extraLength)
        return try cursor.take(entry.compressedSize)
    }

    private static func check(_ entries: [ZipEntry], limits: Limits, archiveSize: Int) throws {
        let (scaled, overflow) = archiveSize.multipliedReportingOverflow(by: limits.ratio)
        let limit = max(limits.bytes, overflow ? .max : scaled)
        var unfolded = 0
        var held = 0
        for entry in entries {
            let sum = unfolded.addingReportingOverflow(entry.size)
            guard !sum.overflow, sum.partialValue <= limit else {
                throw CheckpointError(
                    .overLimit(
                        what: "the uncompressed size of the archive", limit: limit,
                        found: sum.overflow ? .max : sum.partialValue))
            }
            unfolded = sum.partialValue
            let (total, overflow) = held.addingReportingOverflow(entry.compressedSize)
            guard !overflow, total <= archiveSize else {
                throw CheckpointError.malformed(
                    "zip directory", expected: "entries that together fit into \(archiveSize) bytes",
                    found: "more, so some overlap or the file is cut short")
            }
            held = total
        }
    }
}
