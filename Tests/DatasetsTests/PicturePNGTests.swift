import Datasets
import Foundation
import TestSupport
import Testing

@Suite("Pictures of what networks read")
struct PicturePNGTests {
    /// Writes a picture and reads it again.
    private func again(_ picture: Picture, longest: Int) throws -> Picture {
        try TemporaryFolder.with { folder in
            let file = folder.appendingPathComponent("picture.png")
            try picture.png(longest: longest).write(to: file)
            return try Picture(file, least: 1)
        }
    }

    @Test("normalised numbers become the bytes they were made of", arguments: [1, 3])
    func bytes(_ channels: Int) throws {
        let size = try ImageSize(channels: channels, height: 5, width: 7)
        let normalisation = try Normalisation(
            mean: Array([0.5, 0.4, 0.3].prefix(channels)),
            deviation: Array([0.2, 0.3, 0.25].prefix(channels)))
        let planes = (0..<size.count).map { UInt8($0 * 251 % 256) }
        let values = planes.enumerated().map { place, byte in
            let channel = place / size.area
            return (Float(byte) / 255 - normalisation.mean[channel]) / normalisation.deviation[channel]
        }
        let picture = try #require(Picture(values: values, size: size, normalisation: normalisation))
        let found = try again(picture, longest: 100)
        #expect((found.width, found.height, found.channels) == (7, 5, channels))
        for (place, byte) in planes.enumerated() {
            #expect(found.pixels[place % size.area * channels + place / size.area] == byte)
        }
    }

    @Test("without a normalisation that fits, the least number is black and the greatest white")
    func stretched() throws {
        let size = try ImageSize(channels: 1, height: 1, width: 3)
        let picture = try #require(Picture(values: [-40, 0, 40], size: size, normalisation: nil))
        #expect(picture.pixels == [0, 128, 255])
        #expect(Picture(values: [0, .nan, 1], size: size, normalisation: nil) == nil)
        #expect(Picture(values: [0, 1], size: size, normalisation: nil) == nil)
    }

    @Test("numbers in 0 ... 1 are taken as they are")
    func shares() throws {
        let size = try ImageSize(channels: 3, height: 1, width: 1)
        let picture = try #require(Picture(values: [0.2, 0.4, 1], size: size, normalisation: nil))
        #expect(picture.pixels == [51, 102, 255])
    }

    @Test("large pictures are shrunk, and keep the ratio of their sides")
    func shrunk() throws {
        let size = try ImageSize(channels: 3, height: 100, width: 400)
        let values = (0..<size.count).map { Float($0 % 400) / 400 }
        let picture = try #require(Picture(values: values, size: size, normalisation: nil))
        let found = try again(picture, longest: 64)
        #expect((found.width, found.height) == (64, 16))
        // From dark on the left to light on the right.
        #expect(found.pixels[0] < 20 && found.pixels[63 * 3] > 235)
    }
}
