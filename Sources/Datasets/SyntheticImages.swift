internal import Foundation
public import Torch

/// Synthetic images with the statistics of photographs: discs and boxes of random sizes and colours that hide
/// each other.
///
/// Radii r have the density r^-3, which makes the pictures look alike at every scale, as photographs do;
/// light shading and a small blur follow. Each channel is normalised to mean 0 and deviation 1 over the whole
/// set.
/// Source: the dead leaves model, Lee, Mumford and Huang, "Occlusion models for natural images", 2001.
public struct SyntheticImages: Sendable {
    private let size: ImageSize
    private var generator: SplitMixGenerator

    /// The number of shapes per image, and the smallest radius as a share of the image.
    private static let shapes = 60
    private static let leastRadius = 0.08
    private static let greatestRadius = 0.75

    /// Prepares images of one size.
    public init(size: ImageSize, seed: UInt64) {
        self.size = size
        generator = SplitMixGenerator(seed: seed)
    }

    /// Returns a number of images. `[count, channels, height, width]`, single precision
    ///
    /// - Throws: `DatasetError` for a number below 1.
    public mutating func images(_ count: Int) throws -> Tensor {
        let images = try raw(count)
        let axes = [0, 2, 3]
        let centred = try images.subtracting(images.reduced(.mean, axes: axes, keepingAxes: true))
        let deviation = try centred.multiplied(by: centred).reduced(.mean, axes: axes, keepingAxes: true)
            .applying(.squareRoot)
        return try centred.divided(by: deviation.applying(.clamp(low: 1e-6, high: .infinity)))
    }

    /// Returns images before normalisation, most values in 0 ... 1.
    mutating func raw(_ count: Int) throws -> Tensor {
        guard count > 0 else {
            throw DatasetError.invalid(what: "number of images", expected: "1 or more", found: "\(count)")
        }
        var values: [Float] = []
        values.reserveCapacity(count * size.count)
        for _ in 0..<count { values += blurred(picture()) }
        return try Tensor(values, shape: [count, size.channels, size.height, size.width])
    }

    private mutating func uniform() -> Double { Double(generator.next() >> 11) * 0x1p-53 }

    /// A standard normal number, by Box and Muller's transform.
    private mutating func normal() -> Double {
        (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform())
    }

    /// One value per channel: a common lightness and some colour.
    private mutating func colour() -> [Double] {
        let lightness = uniform()
        let saturation = 0.25 * uniform()
        return (0..<size.channels).map { _ in min(max(lightness + saturation * normal(), 0), 1) }
    }

    /// One image `[channels, height, width]`.
    private mutating func picture() -> [Double] {
        let (height, width) = (size.height, size.width)
        let extent = Double(max(height, width))
        let plane = height * width
        var pixels = colour().flatMap { [Double](repeating: $0, count: plane) }
        let least = max(Self.leastRadius * extent, 0.75)
        let greatest = max(Self.greatestRadius * extent, least)
        let ratio = (least / greatest) * (least / greatest)
        for _ in 0..<Self.shapes {
            let radius = least / (1 - uniform() * (1 - ratio)).squareRoot()
            let (x, y) = (uniform() * Double(width), uniform() * Double(height))
            let stretch = exp(0.2 * normal())
            let angle = uniform() * .pi
            let isBox = uniform() < 0.4
            let colour = colour()
            let (slope, rise) = (0.3 * normal() / extent, 0.3 * normal() / extent)
            let (sine, cosine) = (sin(angle), cos(angle))
            let reach = radius * max(stretch, 1 / stretch) * 1.5
            for row in max(0, Int(y - reach))..<max(0, min(height, Int(y + reach) + 1)) {
                for column in max(0, Int(x - reach))..<max(0, min(width, Int(x + reach) + 1)) {
                    let (dx, dy) = (Double(column) - x, Double(row) - y)
                    let u = abs(dx * cosine + dy * sine) * stretch
                    let v = abs(dy * cosine - dx * sine) / stretch
                    guard (isBox ? max(u, v) : (u * u + v * v).squareRoot()) < radius else { continue }
                    let shading = slope * dx + rise * dy
                    for channel in 0..<size.channels {
                        pixels[channel * plane + row * width + column] = colour[channel] + shading
                    }
                }
            }
        }
        return pixels
    }

    /// Returns an image smoothed by weights 1 2 1 in both directions.
    private func blurred(_ pixels: [Double]) -> [Float] {
        let (height, width) = (size.height, size.width)
        var rows = pixels
        for channel in 0..<size.channels {
            for row in 0..<height {
                let start = (channel * height + row) * width
                for column in 0..<width {
                    let before = pixels[start + max(column - 1, 0)]
                    let after = pixels[start + min(column + 1, width - 1)]
                    rows[start + column] = (before + 2 * pixels[start + column] + after) / 4
                }
            }
        }
        return (0..<size.channels).flatMap { channel in
            (0..<height).flatMap { row in
                (0..<width).map { column in
                    func at(_ row: Int) -> Double { rows[(channel * height + row) * width + column] }
                    return Float((at(max(row - 1, 0)) + 2 * at(row) + at(min(row + 1, height - 1))) / 4)
                }
            }
        }
    }
}
