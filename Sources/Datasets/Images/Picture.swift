internal import CImages
package import Foundation

/// A picture of any size: rows of pixels of interleaved channels.
package struct Picture: Sendable {
    package let width: Int
    package let height: Int
    /// 1 for grey, 3 for red, green and blue.
    package let channels: Int
    /// `[height, width, channels]`
    package let pixels: [UInt8]

    /// Files with more pixels are rejected.
    private static let mostPixels = 100_000_000
    private static let signatures: [(bytes: [UInt8], isPNG: Bool)] = [
        ([0xFF, 0xD8, 0xFF], false), ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], true),
    ]

    /// Wraps pixels.
    init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
        (self.width, self.height, self.channels, self.pixels) = (width, height, channels, pixels)
    }

    /// Decodes a JPEG or PNG file, identified by its first bytes.
    ///
    /// - Parameter least: The required length of the shorter side; large JPEG files may be decoded at a
    ///   fraction of their size.
    /// - Throws: `DatasetError` naming the file and what is wrong with it.
    package init(_ file: URL, least: Int) throws {
        try self.init(DataFile.bytes(of: file), name: file.path, least: least)
    }

    init(_ data: Data, name: String, least: Int) throws {
        guard let kind = Self.signatures.first(where: { data.starts(with: $0.bytes) }) else {
            throw DatasetError.unreadable(file: name, reason: "it is neither a JPEG nor a PNG file")
        }
        var picture = ci_picture()
        defer { ci_release(&picture) }
        var message = [CChar](repeating: 0, count: Int(CI_MESSAGE_LENGTH))
        let status = data.withUnsafeBytes { bytes in
            let start = bytes.bindMemory(to: UInt8.self).baseAddress
            return kind.isPNG
                ? ci_decode_png(start, bytes.count, Self.mostPixels, &picture, &message)
                : ci_decode_jpeg(start, bytes.count, Self.mostPixels, max(least, 1), &picture, &message)
        }
        guard status == 0, let pixels = picture.pixels else {
            let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw DatasetError.unreadable(
                file: name,
                reason:
                    "the \(kind.isPNG ? "PNG" : "JPEG") file is damaged: \(String(decoding: text, as: UTF8.self))"
            )
        }
        (width, height, channels) = (picture.width, picture.height, picture.channels)
        self.pixels = Array(UnsafeBufferPointer(start: pixels, count: width * height * channels))
    }

    /// Returns the picture with another number of channels: grey repeated, or the lightness
    /// `(19595 r + 38470 g + 7471 b + 32768) / 65536` of ITU-R 601.
    ///
    /// - Throws: `DatasetError` for other numbers than 1 and 3.
    package func converted(toChannels wanted: Int) throws -> Picture {
        guard wanted == 1 || wanted == 3 else {
            throw DatasetError.invalid(
                what: "channels of an image file", expected: "1 or 3", found: "\(wanted)")
        }
        if wanted == channels { return self }
        let converted: [UInt8]
        if wanted == 3 {
            converted = pixels.flatMap { [$0, $0, $0] }
        } else {
            converted = stride(from: 0, to: pixels.count, by: 3).map { place in
                let (red, green, blue) = (Int(pixels[place]), Int(pixels[place + 1]), Int(pixels[place + 2]))
                return UInt8((19595 * red + 38470 * green + 7471 * blue + 32768) >> 16)
            }
        }
        return Picture(width: width, height: height, channels: wanted, pixels: converted)
    }

    /// Returns a part of the picture, which must be inside it.
    func cropped(left: Int, top: Int, width: Int, height: Int) -> Picture {
        var part: [UInt8] = []
        part.reserveCapacity(width * height * channels)
        for row in top..<top + height {
            let start = (row * self.width + left) * channels
            part += pixels[start..<start + width * channels]
        }
        return Picture(width: width, height: height, channels: channels, pixels: part)
    }
}
