/// The options of criteria.
public struct ImportanceOptions: Sendable, Hashable, Codable {
    /// The seed of criteria that draw random numbers.
    public var seed: UInt64
    /// How many batches of images criteria use, if they need any.
    public var batches: Int
    /// The number of images in a batch.
    public var batchSize: Int

    /// Makes options; the defaults are the paper's.
    public init(seed: UInt64 = 0, batches: Int = 5, batchSize: Int = 128) {
        self.seed = seed
        self.batches = batches
        self.batchSize = batchSize
    }
}
