import CZlib
package import Foundation

/// Raw deflate and CRC-32, by zlib.
package enum Inflate {
    /// Uncompresses raw deflate data (RFC 1951) of a known size.
    ///
    /// Never writes more than the declared size.
    ///
    /// - Throws: `CheckpointError` if the data is damaged or expands to another size.
    package static func inflate(_ data: Data, size: Int, name: String) throws -> Data {
        var result = Data(count: size)
        let (status, written) = data.withUnsafeBytes { source in
            result.withUnsafeMutableBytes { target in run(source, into: target) }
        }
        guard status == Z_STREAM_END, written == size else {
            let found =
                status == Z_STREAM_END
                ? "\(written) bytes"
                : status == Z_BUF_ERROR || status == Z_OK ? "another size" : "damaged data"
            throw CheckpointError.malformed(
                "zip entry '\(name)'", expected: "deflated data of \(size) bytes", found: found)
        }
        return result
    }

    /// Returns the CRC-32 of bytes.
    package static func checksum(_ data: Data) -> UInt32 {
        data.withUnsafeBytes { raw in
            UInt32(truncatingIfNeeded: crc32_z(0, raw.bindMemory(to: Bytef.self).baseAddress, raw.count))
        }
    }

    /// Returns the CRC-32 of bytes as eight hexadecimal digits.
    package static func hexadecimalChecksum(_ data: Data) -> String {
        let digits = String(checksum(data), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// Returns the CRC-32 of bytes in pieces as eight hexadecimal digits.
    package static func hexadecimalChecksum(of pieces: [UnsafeRawBufferPointer]) -> String {
        let checksum = pieces.reduce(0) { crc32_z($0, $1.bindMemory(to: Bytef.self).baseAddress, $1.count) }
        let digits = String(UInt32(truncatingIfNeeded: checksum), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    private static func run(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) -> (status: Int32, written: Int) {
        var stream = z_stream()
        let opened = inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard opened == Z_OK else { return (opened, 0) }
        defer { inflateEnd(&stream) }
        // zlib counts in 32 bits, so large buffers are passed in pieces. The spare byte serves as output if
        // nothing is expected: the end-of-data code must still be read.
        var spare: UInt8 = 0
        return withUnsafeMutablePointer(to: &spare) { spare in
            var consumed = 0
            var written = 0
            while true {
                let input = min(source.count - consumed, 1 << 30)
                let output = min(target.count - written, 1 << 30)
                if let base = source.baseAddress {
                    stream.next_in = UnsafeMutablePointer(
                        mutating: (base + consumed).assumingMemoryBound(to: Bytef.self))
                }
                stream.avail_in = uInt(input)
                stream.next_out =
                    output > 0
                    ? target.baseAddress.map { ($0 + written).assumingMemoryBound(to: Bytef.self) } : spare
                stream.avail_out = uInt(max(output, 1))
                let status = CZlib.inflate(&stream, Z_NO_FLUSH)
                let produced = Int(uInt(max(output, 1)) - stream.avail_out)
                consumed += input - Int(stream.avail_in)
                written += produced
                if status != Z_OK || written > target.count { return (status, written) }
                if produced == 0, input == Int(stream.avail_in) { return (Z_BUF_ERROR, written) }
            }
        }
    }
}
