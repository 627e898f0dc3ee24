/// How layers are fitted to what they gave before compression.
public struct ReconstructionOptions: Sendable, Hashable, Codable {
    /// The ridges that are tried, as shares of the mean variance of what a layer reads.
    public var ridges: [Double]
    /// At most so many positions of all images are looked at in each layer.
    public var maximumRows: Int
    /// Layers that read more numbers at a position only have their bias fitted.
    public var maximumFanIn: Int
    /// The seed of the choice of positions.
    public var seed: UInt64

    /// Makes options.
    public init(
        ridges: [Double] = [0.03, 0.3], maximumRows: Int = 20_000, maximumFanIn: Int = 4_608, seed: UInt64 = 0
    ) {
        self.ridges = ridges
        self.maximumRows = maximumRows
        self.maximumFanIn = maximumFanIn
        self.seed = seed
    }
}
