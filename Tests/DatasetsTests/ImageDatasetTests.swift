import Datasets
import Foundation
import Testing
import Torch

@Suite("Batches of images")
struct ImageDatasetTests {
    /// Two channels of 2 x 3 pixels, three images; byte k of image i is 40 i + k.
    private func dataset() throws -> ImageDataset {
        try ImageDataset(
            name: "tiny", split: .train, classNames: ["a", "b"],
            imageSize: ImageSize(channels: 2, height: 2, width: 3),
            normalisation: Normalisation(mean: [0.5, 0.25], deviation: [0.5, 0.125]), labels: [1, 0, 1],
            pixels: (0..<3).flatMap { image in (0..<12).map { UInt8(40 * image + $0) } })
    }

    @Test("Bytes are normalised per channel")
    func normalised() throws {
        let (images, labels) = try dataset().batch([2, 0])
        #expect(images.shape == [2, 2, 2, 3])
        #expect(images.type == .float32)
        #expect(labels.type == .int64)
        #expect(try labels.integers() == [1, 1])
        let values = try images.floats()
        #expect(values[0] == (80 / 255 as Float - 0.5) / 0.5)
        #expect(values[7] == (87 / 255 as Float - 0.25) / 0.125)
        #expect(values[12] == -1)
        #expect(values[23] == (11 / 255 as Float - 0.25) / 0.125)
    }

    @Test("ImageNet's constants, computed by hand")
    func imageNet() throws {
        let bytes =
            [UInt8](repeating: 0, count: 1024) + [UInt8](repeating: 255, count: 1024)
            + [UInt8](repeating: 128, count: 1024)
        let dataset = try ImageDataset(
            name: "one", split: .test, classNames: ["a"], imageSize: .cifar, normalisation: .imageNet,
            labels: [0],
            pixels: bytes)
        let values = try dataset.batch(0..<1).images.floats()
        let tolerance: Float = 1e-6
        #expect(abs(values[0] - -2.117_904) < tolerance)
        #expect(abs(values[1024] - 2.428_571_4) < tolerance)
        #expect(abs(values[2048] - 0.426_492_37) < tolerance)
    }

    @Test("Parts that do not fit each other and indices outside are refused")
    func errors() throws {
        let dataset = try dataset()
        #expect(throws: DatasetError.index(3, count: 3)) { try dataset.batch([0, 3]) }
        #expect(throws: DatasetError.index(-1, count: 3)) { try dataset.image(at: -1) }
        #expect(throws: DatasetError.self) { try dataset.prefix(-1) }
        #expect(try dataset.prefix(2).labels == [1, 0])
        #expect(try dataset.prefix(9).count == 3)
        #expect(try dataset.batch([]).images.shape == [0, 2, 2, 3])
        #expect(dataset.classCounts == [1, 2])
        let size = try ImageSize(channels: 1, height: 2, width: 2)
        let grey = try Normalisation(mean: [0], deviation: [1])
        func make(_ labels: [Int], _ pixels: Int, _ normalisation: Normalisation) throws {
            _ = try ImageDataset(
                name: "x", split: .test, classNames: ["a"], imageSize: size, normalisation: normalisation,
                labels: labels, pixels: [UInt8](repeating: 0, count: pixels))
        }
        try make([0], 4, grey)
        #expect(throws: DatasetError.self) { try make([0], 5, grey) }
        #expect(throws: DatasetError.self) { try make([1], 4, grey) }
        #expect(throws: DatasetError.self) { try make([-1], 4, grey) }
        #expect(throws: DatasetError.self) { try make([0], 4, .imageNet) }
        #expect(throws: DatasetError.self) { try Normalisation(mean: [0], deviation: [0]) }
        #expect(throws: DatasetError.self) { try ImageSize(channels: 0, height: 1, width: 1) }
        #expect(throws: DatasetError.self) { try Augmentation(padding: -1, flips: true) }
    }

    @Test("A crop shows the shifted original and black beyond it")
    func crops() throws {
        let size = try ImageSize(channels: 2, height: 5, width: 6)
        let image = (1...60).map { UInt8($0) }
        for rowShift in -4...4 {
            for columnShift in -4...4 {
                let draw = Augmentation.Draw(rowShift: rowShift, columnShift: columnShift, isFlipped: false)
                let result = try draw.applied(to: image, size: size)
                for channel in 0..<2 {
                    for row in 0..<5 {
                        for column in 0..<6 {
                            let (y, x) = (row + rowShift, column + columnShift)
                            let isInside = (0..<5).contains(y) && (0..<6).contains(x)
                            let expected = isInside ? image[channel * 30 + y * 6 + x] : 0
                            #expect(result[channel * 30 + row * 6 + column] == expected)
                        }
                    }
                }
            }
        }
        let flip = Augmentation.Draw(rowShift: 0, columnShift: 0, isFlipped: true)
        let mirrored = try flip.applied(to: image, size: size)
        #expect(Array(mirrored[..<6]) == [6, 5, 4, 3, 2, 1])
        #expect(try flip.applied(to: mirrored, size: size) == image)
        #expect(throws: DatasetError.self) { try flip.applied(to: [1, 2], size: size) }
    }

    @Test("Draws cover every shift, and mirror only where that is allowed")
    func draws() throws {
        let seed: UInt64 = 3
        for augmentation in [Augmentation.crops, .cropsAndFlips, .none] {
            var generator = SplitMixGenerator(seed: seed)
            let draws = (0..<4000).map { _ in augmentation.draw(using: &generator) }
            let shifts = Set(-augmentation.padding...augmentation.padding)
            #expect(Set(draws.map(\.rowShift)) == shifts, "seed \(seed)")
            #expect(Set(draws.map(\.columnShift)) == shifts, "seed \(seed)")
            let flipped = draws.count(where: \.isFlipped)
            #expect(augmentation.flips ? (1800...2200).contains(flipped) : flipped == 0, "seed \(seed)")
        }
    }

    @Test("The same seed gives the same varied batch, another seed another one")
    func determinism() throws {
        let dataset = try dataset()
        func values(_ seed: UInt64, _ augmentation: Augmentation) throws -> [Float] {
            var generator = SplitMixGenerator(seed: seed)
            return try dataset.batch([0, 1, 2], augmentation: augmentation, using: &generator).images.floats()
        }
        let augmentation = try Augmentation(padding: 1, flips: true)
        #expect(try values(1, augmentation) == values(1, augmentation))
        #expect(try values(1, augmentation) != values(2, augmentation))
        #expect(try values(1, .none) == dataset.batch(0..<3).images.floats())
        var generator = SplitMixGenerator(seed: 1)
        let draws = (0..<3).map { _ in augmentation.draw(using: &generator) }
        let images = try (0..<3).flatMap {
            try draws[$0].applied(to: dataset.image(at: $0), size: dataset.imageSize)
        }
        let expected = try ImageDataset(
            name: "varied", split: .train, classNames: ["a"], imageSize: dataset.imageSize,
            normalisation: dataset.normalisation, labels: [0, 0, 0], pixels: images)
        #expect(try values(1, augmentation) == expected.batch(0..<3).images.floats())
    }
}
