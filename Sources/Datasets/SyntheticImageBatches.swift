public import Torch

/// Synthetic images of a whole set, regenerated batch by batch, so memory does not depend on their number.
public struct SyntheticImageBatches: Sendable {
    /// The state of the generator before each batch.
    private let starts: [SyntheticImages]
    private let counts: [Int]
    private let mean: Tensor
    private let deviation: Tensor

    /// Generates the images once, for the mean and deviation of each channel over the whole set.
    ///
    /// - Parameter counts: The number of images in each batch.
    /// - Throws: `DatasetError` for an empty batch.
    public init(size: ImageSize, counts: [Int], seed: UInt64) throws {
        var maker = SyntheticImages(size: size, seed: seed)
        var starts: [SyntheticImages] = []
        var sum = try Tensor(repeating: 0, shape: [1, size.channels, 1, 1], type: .float64)
        var squares = sum
        for count in counts {
            starts.append(maker)
            let images = try maker.raw(count).converted(to: .float64)
            sum = try sum.adding(images.reduced(.sum, axes: [0, 2, 3], keepingAxes: true))
            squares = try squares.adding(
                images.multiplied(by: images).reduced(.sum, axes: [0, 2, 3], keepingAxes: true))
        }
        let scale = 1 / Double(max(counts.reduce(0, +) * size.area, 1))
        let average = try sum.applying(.multiplied(scale))
        mean = try average.converted(to: .float32)
        deviation = try squares.applying(.multiplied(scale)).subtracting(average.multiplied(by: average))
            .applying(.clamp(low: 1e-12, high: .infinity)).applying(.squareRoot).converted(to: .float32)
        self.starts = starts
        self.counts = counts
    }

    /// Returns a batch `[count, channels, height, width]` in single precision; each channel of the whole set has mean 0 and deviation 1.
    public func batch(_ index: Int) throws -> Tensor {
        var maker = starts[index]
        return try maker.raw(counts[index]).subtracting(mean).divided(by: deviation)
    }
}
