internal import CZlib
package import Foundation

/// Files of gzip (RFC 1952), which may hold several members.
package enum Gunzip {
    /// Added to the window bits, it makes zlib expect a gzip header.
    private static let window: Int32 = 15 + 16
    private static let pieceSize = 1 << 20

    /// Uncompresses a file piece by piece.
    ///
    /// - Parameters:
    ///   - data: The bytes of the file.
    ///   - name: The name for error messages.
    ///   - body: Receives the pieces; an error it throws ends the work.
    /// - Throws: `CheckpointError` for damaged or truncated data; gzip's own checksums are verified.
    package static func pieces(
        of data: Data, name: String, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var stream = z_stream()
        guard inflateInit2_(&stream, window, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw damaged(name, "not enough memory")
        }
        defer { inflateEnd(&stream) }
        var piece = [UInt8](repeating: 0, count: pieceSize)
        try data.withUnsafeBytes { source in
            guard let base = source.bindMemory(to: Bytef.self).baseAddress else {
                throw damaged(name, "no data")
            }
            var consumed = 0
            var isAtEnd = false
            while consumed < source.count || !isAtEnd {
                if isAtEnd {
                    guard inflateReset(&stream) == Z_OK else { throw damaged(name, "not enough memory") }
                }
                let input = min(source.count - consumed, 1 << 30)
                stream.next_in = UnsafeMutablePointer(mutating: base + consumed)
                stream.avail_in = uInt(input)
                let (status, written) = piece.withUnsafeMutableBufferPointer { target in
                    stream.next_out = target.baseAddress
                    stream.avail_out = uInt(target.count)
                    let status = CZlib.inflate(&stream, Z_NO_FLUSH)
                    return (status, target.count - Int(stream.avail_out))
                }
                consumed += input - Int(stream.avail_in)
                guard status == Z_OK || status == Z_STREAM_END else {
                    throw damaged(name, status == Z_BUF_ERROR ? "data that end too early" : "damaged data")
                }
                isAtEnd = status == Z_STREAM_END
                try piece.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<written])) }
            }
        }
    }

    private static func damaged(_ name: String, _ found: String) -> CheckpointError {
        CheckpointError(.malformed(what: name, expected: "a file of gzip", found: found))
    }
}
