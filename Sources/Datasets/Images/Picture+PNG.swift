internal import CImages
package import Foundation

extension Picture {
    /// How far the restored bytes may be outside 0 ... 1 if a normalisation is to count as the one that was
    /// used.
    private static let slack: Float = 0.01

    /// Makes a picture from a network's input.
    ///
    /// - Parameters:
    ///   - values: Numbers `[channels, height, width]`.
    ///   - size: Their shape.
    ///   - normalisation: How bytes became numbers, if known. Otherwise numbers in 0 ... 1 are used
    ///     unchanged, then ImageNet's normalisation is tried for colours, and failing that the smallest
    ///     number is black and the largest white.
    package init?(values: [Float], size: ImageSize, normalisation: Normalisation?) {
        guard values.count == size.count, values.allSatisfy(\.isFinite), [1, 3].contains(size.channels)
        else { return nil }
        let none = try? Normalisation(
            mean: [Float](repeating: 0, count: size.channels),
            deviation: [Float](repeating: 1, count: size.channels))
        let candidates = [normalisation, none, size.channels == 3 ? .imageNet : nil].compactMap { $0 }
            .filter { $0.mean.count == size.channels }
        var shares: [Float] = []
        for candidate in candidates {
            shares = values.indices.map { place in
                let channel = place / size.area
                return values[place] * candidate.deviation[channel] + candidate.mean[channel]
            }
            if shares.allSatisfy({ (-Self.slack...1 + Self.slack).contains($0) }) { break }
            shares = []
        }
        if shares.isEmpty {
            guard let least = values.min(), let greatest = values.max() else { return nil }
            shares = values.map { greatest > least ? ($0 - least) / (greatest - least) : 0.5 }
        }
        let bytes = shares.map { UInt8((min(max($0, 0), 1) * 255).rounded()) }
        self.init(
            width: size.width, height: size.height, channels: size.channels,
            pixels: (0..<size.area).flatMap { pixel in
                (0..<size.channels).map { bytes[$0 * size.area + pixel] }
            })
    }

    /// Returns the picture as a PNG file, shrunk if it is larger than needed.
    ///
    /// - Parameter longest: The longest side of the picture in the file.
    /// - Throws: `DatasetError` if it cannot be encoded.
    package func png(longest: Int) throws -> Data {
        let scale = min(1, Double(longest) / Double(max(width, height, 1)))
        guard scale < 1 else { return try png() }
        func shrunk(_ side: Int) -> Int { max(1, Int((Double(side) * scale).rounded())) }
        let size = try ImageSize(channels: channels, height: shrunk(height), width: shrunk(width))
        let planes = try fitted(to: size)
        return try Picture(
            width: size.width, height: size.height, channels: channels,
            pixels: (0..<size.area).flatMap { pixel in (0..<channels).map { planes[$0 * size.area + pixel] } }
        ).png()
    }

    private func png() throws -> Data {
        var bytes: UnsafeMutablePointer<UInt8>?
        var count = 0
        var message = [CChar](repeating: 0, count: Int(CI_MESSAGE_LENGTH))
        let status = ci_encode_png(pixels, width, height, channels, &bytes, &count, &message)
        defer { free(bytes) }
        guard status == 0, let bytes else {
            let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw DatasetError.invalid(
                what: "a picture of \(width) x \(height) pixels", expected: "one that fits a PNG file",
                found: String(decoding: text, as: UTF8.self))
        }
        return Data(bytes: bytes, count: count)
    }
}
