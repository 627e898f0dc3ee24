internal import CPhotographs
internal import Foundation
public import Graph
internal import Torch

/// The bundled photographs, and random crops of them: inputs for a network whose user provides none.
///
/// Of the 30 photographs, 5 judge results and 25 fit layers. Of these, 10 choose channels before the other 15
/// measure what groups of channels are worth: crops of a photograph that a fit has seen say little about the
/// fit.
public enum Photographs {
    /// The purpose of crops.
    public enum Purpose: Sendable {
        /// Layers are fitted on them.
        case fitting
        /// Channels are chosen on them, before groups are measured.
        case choosing
        /// Groups of channels are measured on them.
        case measuring
        /// A result is judged on them.
        case judging
    }

    /// A crop covers a share in this range of the largest crop of its shape.
    private static let shares = 0.06...1.0
    /// The purposes of the photographs in turn.
    private static let purposes: [Purpose] = [
        .choosing, .measuring, .choosing, .measuring, .measuring, .judging,
    ]
    /// The shortest side of inputs that count as images.
    private static let leastSide = 16
    /// Photographs are never decoded at a fraction of their size.
    private static let wholeSide = 1 << 16
    /// The most bytes of crops.
    private static let mostBytes = 1 << 30

    private static let decoded = Result<[Picture], any Error> {
        try withUnsafeBytes(of: cp_photographs) { table in
            try table.bindMemory(to: cp_photograph.self).enumerated().map { index, file in
                try Picture(
                    Data(bytes: file.bytes, count: file.count), name: "photograph \(index + 1)",
                    least: wholeSide)
            }
        }
    }

    /// Returns the size of the images that a network takes; nil if its inputs are not images.
    ///
    /// Images are one input of floating-point numbers `[n, 1 or 3, height, width]` with sides of 16 or more.
    public static func size(for graph: Graph) -> ImageSize? {
        guard graph.inputs.count == 1 else { return nil }
        let type = graph[graph.inputs[0]].type
        guard type.element.isFloatingPoint, type.shape.count == 4, [1, 3].contains(type.shape[1]),
            min(type.shape[2], type.shape[3]) >= leastSide
        else { return nil }
        return try? ImageSize(channels: type.shape[1], height: type.shape[2], width: type.shape[3])
    }

    /// Returns random crops, each scaled to a size and half of them mirrored; they take the photographs in
    /// turn.
    ///
    /// - Parameters:
    ///   - count: The number of crops.
    ///   - size: Their size.
    ///   - purpose: Their purpose.
    ///   - normalisation: The normalisation of their bytes.
    ///   - seed: The seed of crops and flips.
    /// - Throws: `DatasetError` if there is no normalisation for each channel, or they take too much memory.
    public static func crops(
        _ count: Int, size: ImageSize, for purpose: Purpose, normalisation: Normalisation, seed: UInt64
    ) throws -> ImageDataset {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: size.count)
        guard count >= 0, !overflow, bytes <= mostBytes else {
            throw DatasetError.invalid(
                what: "number of crops of photographs",
                expected: "at most \(mostBytes / size.count) of \(size.width) x \(size.height) pixels",
                found: "\(count)")
        }
        let pictures = try decoded.get().enumerated()
            .filter { place, _ in
                let own = purposes[place % purposes.count]
                return own == purpose || (purpose == .fitting && own != .judging)
            }
            .map(\.element)
        var generator = SplitMixGenerator(seed: seed.seed(for: "photographs"))
        var pixels: [UInt8] = []
        pixels.reserveCapacity(bytes)
        for index in 0..<count {
            let picture = pictures[index % pictures.count]
            let crop = try crop(of: picture, size, &generator).fitted(to: size)
            let isFlipped = generator.integer(below: 2) == 1
            pixels += isFlipped ? mirrored(crop, size) : crop
        }
        return try ImageDataset(
            name: "photographs", split: .train, classNames: ["photograph"], imageSize: size,
            normalisation: normalisation,
            labels: [Int](repeating: 0, count: count), pixels: pixels)
    }

    /// Cuts a random part of the given shape out of a picture.
    private static func crop(
        of picture: Picture, _ size: ImageSize, _ generator: inout SplitMixGenerator
    ) -> Picture {
        func uniform() -> Double { Double(generator.next() >> 11) * 0x1p-53 }
        let aspect = Double(size.width) / Double(size.height)
        let side = (shares.lowerBound + uniform() * (shares.upperBound - shares.lowerBound)).squareRoot()
        let fits = min(Double(picture.width), Double(picture.height) * aspect)
        let width = min(max(Int((fits * side).rounded()), 1), picture.width)
        let height = min(max(Int((fits * side / aspect).rounded()), 1), picture.height)
        return picture.cropped(
            left: generator.integer(below: picture.width - width + 1),
            top: generator.integer(below: picture.height - height + 1), width: width, height: height)
    }

    private static func mirrored(_ pixels: [UInt8], _ size: ImageSize) -> [UInt8] {
        var result = pixels
        for start in stride(from: 0, to: pixels.count, by: size.width) {
            result[start..<start + size.width].reverse()
        }
        return result
    }
}
