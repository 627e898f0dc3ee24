import Datasets
import Testing

@Suite("Bundled photographs")
struct PhotographsTests {
    private func crops(
        _ count: Int, _ size: ImageSize, _ purpose: Photographs.Purpose = .fitting, seed: UInt64 = 0
    ) throws -> ImageDataset {
        let normalisation = try Normalisation(
            mean: [Float](repeating: 0, count: size.channels),
            deviation: [Float](repeating: 1, count: size.channels))
        return try Photographs.crops(
            count, size: size, for: purpose, normalisation: normalisation, seed: seed)
    }

    @Test("crops are of any size, the same for the same seed, and look like photographs")
    func crops() throws {
        for size in [
            try ImageSize(channels: 3, height: 32, width: 32),
            try ImageSize(channels: 3, height: 48, width: 320),
            try ImageSize(channels: 1, height: 300, width: 20),
        ] {
            let images = try crops(40, size)
            #expect(images.count == 40 && images.imageSize == size)
            #expect(try images.pixels == crops(40, size).pixels)
            #expect(try images.pixels != crops(40, size, seed: 1).pixels)
            let values = images.pixels.map { Double($0) / 255 }
            let mean = values.reduce(0, +) / Double(values.count)
            let deviation =
                (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
            #expect((0.3...0.55).contains(mean) && (0.18...0.32).contains(deviation), "\(mean) \(deviation)")
            // Neighbours in a photograph are alike, and not equal.
            let steps = zip(values, values.dropFirst()).map { abs($0 - $1) }
            #expect((0.01...0.2).contains(steps.reduce(0, +) / Double(steps.count)))
        }
    }

    @Test("nothing is judged on a photograph that a fit has seen")
    func purposes() throws {
        let size = try ImageSize(channels: 3, height: 24, width: 24)
        // The mean colour of large crops tells photographs apart.
        func colours(_ purpose: Photographs.Purpose, _ count: Int) throws -> Set<[Int]> {
            let images = try crops(count, size, purpose)
            return Set(
                try (0..<count).map { index in
                    let image = try images.image(at: index)
                    return (0..<3).map { channel in
                        image[channel * size.area..<(channel + 1) * size.area].reduce(0) { $0 + Int($1) }
                    }
                })
        }
        let (fitting, choosing) = try (colours(.fitting, 20), colours(.choosing, 16))
        let (measuring, judging) = try (colours(.measuring, 4), colours(.judging, 4))
        #expect(fitting.count == 20 && choosing.count == 16 && measuring.count == 4 && judging.count == 4)
        #expect(fitting.isDisjoint(with: judging) && choosing.isDisjoint(with: measuring))
        #expect(measuring.isDisjoint(with: judging))
    }

    @Test("too many crops, and channels without a normalisation, are errors")
    func wrong() throws {
        let size = try ImageSize(channels: 3, height: 1024, width: 1024)
        #expect(throws: DatasetError.self) { try crops(1000, size) }
        #expect(throws: DatasetError.self) { try crops(-1, size) }
        #expect(throws: DatasetError.self) {
            try Photographs.crops(
                1, size: ImageSize(channels: 1, height: 32, width: 32), for: .fitting,
                normalisation: .imageNet, seed: 0)
        }
    }
}
