import Datasets
import Testing
import Torch

@Suite("Made-up images")
struct SyntheticImagesTests {
    @Test(
        "channels have mean 0 and deviation 1; a seed gives the same images, another one others",
        arguments: [1, 3, 4])
    func standardised(channels: Int) throws {
        let size = try ImageSize(channels: channels, height: 12, width: 20)
        var maker = SyntheticImages(size: size, seed: 5)
        let images = try maker.images(40)
        #expect(images.shape == [40, channels, 12, 20])
        for value in try images.reduced(.mean, axes: [0, 2, 3]).floats() { #expect(abs(value) < 1e-4) }
        let squares = try images.multiplied(by: images).reduced(.mean, axes: [0, 2, 3]).floats()
        for value in squares { #expect(abs(value - 1) < 1e-3) }
        var same = SyntheticImages(size: size, seed: 5)
        var other = SyntheticImages(size: size, seed: 6)
        #expect(try same.images(40).bytes() == images.bytes())
        #expect(try other.images(40).bytes() != images.bytes())
    }

    @Test("neighbours are much alike, far pixels less, as in photographs")
    func correlation() throws {
        var maker = SyntheticImages(size: .cifar, seed: 1)
        let images = try maker.images(100)
        func alike(_ distance: Int) throws -> Double {
            let left = try images.sliced(axis: 3, 0..<(32 - distance))
            return try left.multiplied(by: images.sliced(axis: 3, distance..<32)).reduced(.mean, axes: [])
                .scalar()
        }
        #expect(try alike(1) > 0.8 && alike(1) > alike(4) && alike(4) > alike(12) && alike(12) < 0.6)
    }

    @Test("no image at all and one pixel")
    func edges() throws {
        var maker = SyntheticImages(size: try ImageSize(channels: 1, height: 1, width: 1), seed: 1)
        #expect(try maker.images(2).isFinite())
        #expect(throws: DatasetError.self) { try maker.images(0) }
    }
}
