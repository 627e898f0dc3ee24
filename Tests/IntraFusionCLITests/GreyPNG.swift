import Foundation

/// Writes grey images as PNG files, without any compression.
enum GreyPNG {
    /// Returns a file of an image with one byte per pixel.
    static func data(width: Int, height: Int, pixels: [UInt8]) -> Data {
        var header = bigEndian(UInt32(width)) + bigEndian(UInt32(height))
        // Eight bits, grey, and the only compression, filtering and order that do without anything else.
        header += [8, 0, 0, 0, 0]
        // Each row begins with its filter: none.
        let rows = (0..<height).flatMap { [0] + pixels[($0 * width)..<(($0 + 1) * width)] }
        return Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
            + chunk("IHDR", header) + chunk("IDAT", stored(rows)) + chunk("IEND", [])
    }

    /// One stored block of a zlib stream.
    private static func stored(_ bytes: [UInt8]) -> [UInt8] {
        let length = UInt16(bytes.count)
        var (low, high): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            low = (low + UInt32(byte)) % 65521
            high = (high + low) % 65521
        }
        let lengths = [length, ~length].flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        return [0x78, 0x01, 0x01] + lengths + bytes + bigEndian(high << 16 | low)
    }

    private static func chunk(_ name: String, _ bytes: [UInt8]) -> Data {
        let content = Array(name.utf8) + bytes
        let checksum = content.reduce(~UInt32(0)) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in
                value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
            }
        }
        return Data(bigEndian(UInt32(bytes.count)) + content + bigEndian(~checksum))
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(value >> UInt32($0) & 0xFF) }
    }
}
