/// One file inside a zip archive, as the central directory describes it.
package struct ZipEntry: Hashable, Sendable {
    /// How the bytes of an entry are stored.
    package enum Method: Hashable, Sendable {
        /// As they are.
        case stored
        /// Compressed with raw deflate (RFC 1951).
        case deflated
    }

    /// The path inside the archive.
    package let name: String
    /// How the bytes are stored.
    package let method: Method
    /// The CRC-32 of the uncompressed bytes.
    package let checksum: UInt32
    /// The number of bytes in the archive.
    package let compressedSize: Int
    /// The number of bytes once uncompressed.
    package let size: Int
    /// The place of the entry's local header in the archive.
    let headerOffset: Int
}
