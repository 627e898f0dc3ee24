public import Torch

/// Divides the indices of a dataset into batches, in order or shuffled by a seed and the epoch.
public struct BatchSampler: Hashable, Sendable, Codable {
    /// The number of images.
    public let count: Int
    /// The number of images in a batch; the last one may hold fewer.
    public let batchSize: Int
    /// The seed of the order; nil for the order of the dataset.
    public let seed: UInt64?
    /// Whether an incomplete last batch is left out.
    public let dropsLast: Bool

    /// Makes a sampler.
    ///
    /// - Throws: `DatasetError` if the count is negative or the batch size is not positive.
    public init(count: Int, batchSize: Int, seed: UInt64? = nil, dropsLast: Bool = false) throws {
        guard count >= 0 else {
            throw DatasetError.invalid(what: "number of images", expected: "0 or more", found: "\(count)")
        }
        guard batchSize > 0 else {
            throw DatasetError.invalid(what: "batch size", expected: "1 or more", found: "\(batchSize)")
        }
        self.count = count
        self.batchSize = batchSize
        self.seed = seed
        self.dropsLast = dropsLast
    }

    /// Returns the indices of each batch of an epoch; every index occurs at most once.
    public func batches(epoch: Int = 0) -> [[Int]] {
        var indices = Array(0..<count)
        if seed != nil {
            var generator = generator(epoch: epoch)
            // Fisher and Yates, from the end.
            for last in stride(from: count - 1, to: 0, by: -1) {
                indices.swapAt(last, generator.integer(below: last + 1))
            }
        }
        return stride(from: 0, to: count, by: batchSize).compactMap { start in
            let end = count - start < batchSize ? count : start + batchSize
            return dropsLast && end - start < batchSize ? nil : Array(indices[start..<end])
        }
    }

    /// Returns the generator for the seed (0 without one) and an epoch.
    public func generator(epoch: Int) -> SplitMixGenerator {
        var mixer = SplitMixGenerator(seed: UInt64(bitPattern: Int64(epoch)))
        return SplitMixGenerator(seed: (seed ?? 0) ^ mixer.next())
    }
}
