import Checkpoints
import Datasets
import Foundation
import TestSupport
import Testing
import Torch

@Suite("Image files")
struct ImageFileTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures/images")
    private static let names = [
        "alpha.png", "bits.png", "cmyk.jpg", "grey.jpg", "grey.png", "palette.png", "progressive.jpg",
        "rgb.jpg",
        "rgb.png",
    ]

    private func expected(_ name: String) throws -> (values: [Int], shape: [Int]) {
        let arrays = try NumPyFile.read(Self.folder.appendingPathComponent("expected.npz"))
        let tensor = try #require(arrays[name])
        return (try tensor.integers(), tensor.shape)
    }

    @Test("pixels are those that Pillow reads, in colour and as lightness", arguments: names)
    func decoded(name: String) throws {
        for (suffix, channels) in [("rgb", 3), ("grey", 1)] {
            let (wanted, shape) = try expected("\(name)-\(suffix)")
            let size = try ImageSize(channels: channels, height: shape[1], width: shape[2])
            let found = try Picture(Self.folder.appendingPathComponent(name), least: 8).fitted(to: size)
            #expect(found.count == wanted.count)
            // Lossy files are decoded by the same library, of another version maybe.
            let most = zip(found, wanted).map { abs(Int($0) - $1) }.max() ?? 255
            #expect(most <= (name.hasSuffix("png") ? 0 : 2), "\(most)")
        }
    }

    @Test(
        "resizing and cutting is Pillow's and torchvision's",
        arguments: [("smaller", nil), ("larger", nil), ("flat", nil), ("shorter", 12)] as [(String, Int?)])
    func resized(name: String, shorter: Int?) throws {
        let (wanted, shape) = try expected(name)
        let size = try ImageSize(channels: 3, height: shape[1], width: shape[2])
        let found = try Picture(Self.folder.appendingPathComponent("rgb.png"), least: 8)
            .fitted(to: size, shorter: shorter)
        let most = zip(found, wanted).map { abs(Int($0) - $1) }.max() ?? 255
        #expect(found.count == wanted.count && most <= 1, "\(most)")
    }

    @Test("files that are cut short are errors that name the file", arguments: names)
    func truncated(name: String) throws {
        let bytes = try Data(contentsOf: Self.folder.appendingPathComponent(name))
        try TemporaryFolder.with { folder in
            let file = folder.appendingPathComponent(name)
            for length in stride(from: 0, to: bytes.count - 16, by: 7) {
                try bytes.prefix(length).write(to: file)
                let error = #expect(throws: DatasetError.self) { try Picture(file, least: 8) }
                #expect(error?.description.contains(name) == true)
            }
        }
    }

    @Test("damaged bytes are pixels or an error, never a trap", arguments: names)
    func mutated(name: String) throws {
        let bytes = try Data(contentsOf: Self.folder.appendingPathComponent(name))
        var generator = SplitMixGenerator(seed: 5)
        try TemporaryFolder.with { folder in
            let file = folder.appendingPathComponent(name)
            for _ in 0..<300 {
                var copy = bytes
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    copy[Int.random(in: 0..<copy.count, using: &generator)] = UInt8.random(
                        in: 0...255, using: &generator)
                }
                try copy.write(to: file)
                if let picture = try? Picture(file, least: 8) {
                    #expect(picture.pixels.count == picture.width * picture.height * picture.channels)
                }
            }
        }
    }

    @Test("enormous sizes are refused before memory is taken")
    func enormous() throws {
        try TemporaryFolder.with { folder in
            let file = folder.appendingPathComponent("x.png")
            var png = try Data(contentsOf: Self.folder.appendingPathComponent("rgb.png"))
            // Width and height in the header, whose checksum is made right.
            png.replaceSubrange(16..<24, with: [0x00, 0x0E, 0xFF, 0xFF, 0x00, 0x0E, 0xFF, 0xFF])
            let checksum = Inflate.checksum(Data(png[12..<29]))
            png.replaceSubrange(29..<33, with: withUnsafeBytes(of: checksum.bigEndian) { Data($0) })
            try png.write(to: file)
            let error = #expect(throws: DatasetError.self) { try Picture(file, least: 8) }
            #expect(
                error?.description.contains("983039 x 983039 pixels") == true, "\(error?.description ?? "")")
            var jpeg = try Data(contentsOf: Self.folder.appendingPathComponent("rgb.jpg"))
            let frame = try #require(
                jpeg.indices.dropLast(9).first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 })
            jpeg.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0x00, 0xFF, 0x00])
            try jpeg.write(to: file)
            let other = #expect(throws: DatasetError.self) { try Picture(file, least: 8) }
            #expect(other?.description.contains("pixels") == true)
            try Data("GIF89a".utf8).write(to: file)
            let third = #expect(throws: DatasetError.self) { try Picture(file, least: 8) }
            #expect(third?.description.contains("neither") == true)
        }
    }
}
