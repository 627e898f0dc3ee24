import Foundation

/// Builds a zip archive of stored entries in memory.
///
/// Source: PKWARE, APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16. Archives beyond 4 GiB would need zip64 and
/// are rejected.
struct ZipWriter {
    private var body = Data()
    private var directory = Data()
    private var count: UInt16 = 0

    /// The flag that says that names are UTF-8.
    private static let unicodeNames: UInt16 = 1 << 11
    /// 1 January 1980, the earliest date of the format, so equal contents give equal files.
    private static let date: UInt16 = 0x21

    /// Adds an entry.
    ///
    /// - Throws: `CheckpointError` if the name or the archive becomes too long.
    mutating func add(_ name: String, _ bytes: Data) throws {
        guard name.utf8.count < 1 << 16, count < .max - 1,
            body.count + bytes.count < Int(UInt32.max) - (1 << 24)
        else {
            throw CheckpointError(
                .overLimit(
                    what: "the size of the archive", limit: Int(UInt32.max),
                    found: body.count + bytes.count))
        }
        let offset = UInt32(body.count)
        var fields = Data()
        append(UInt16(20), to: &fields)
        append(Self.unicodeNames, to: &fields)
        append(UInt16(0), to: &fields)
        append(UInt16(0), to: &fields)
        append(Self.date, to: &fields)
        append(Inflate.checksum(bytes), to: &fields)
        append(UInt32(bytes.count), to: &fields)
        append(UInt32(bytes.count), to: &fields)
        append(UInt16(name.utf8.count), to: &fields)
        append(UInt16(0), to: &fields)
        append(UInt32(0x0403_4B50), to: &body)
        body += fields + Data(name.utf8) + bytes
        append(UInt32(0x0201_4B50), to: &directory)
        append(UInt16(20), to: &directory)
        // No comment, first volume, no attributes.
        directory += fields + Data(count: 10)
        append(offset, to: &directory)
        directory += Data(name.utf8)
        count += 1
    }

    /// Returns the archive.
    func finished() throws -> Data {
        var result = body + directory
        append(UInt32(0x0605_4B50), to: &result)
        append(UInt32(0), to: &result)
        append(count, to: &result)
        append(count, to: &result)
        append(UInt32(directory.count), to: &result)
        append(UInt32(body.count), to: &result)
        append(UInt16(0), to: &result)
        return result
    }

    private func append(_ number: some FixedWidthInteger, to data: inout Data) {
        withUnsafeBytes(of: number.littleEndian) { data += Data($0) }
    }
}
