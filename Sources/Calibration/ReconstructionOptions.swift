/// How layers are fitted to their original outputs.
public struct ReconstructionOptions: Sendable, Hashable, Codable {
    /// The ridges that are tried, as shares of the mean variance of a layer's inputs.
    public var ridges: [Double]
    /// The largest number of positions, over all images, used per layer.
    public var maximumRows: Int
    /// Layers that read more inputs at a position have only their bias fitted.
    public var maximumFanIn: Int
    /// The seed of the selection of positions.
    public var seed: UInt64
    /// How far layers go from what the merge rule left to the solution, 0 ... 1: inputs that are few, or unlike those
    /// in use, are less reliable than the merge rule.
    public var share: Double

    /// Makes options.
    public init(
        ridges: [Double] = [0.03, 0.3], maximumRows: Int = 20_000, maximumFanIn: Int = 4_608,
        seed: UInt64 = 0,
        share: Double = 1
    ) {
        self.ridges = ridges
        self.maximumRows = maximumRows
        self.maximumFanIn = maximumFanIn
        self.seed = seed
        self.share = share
    }

    private enum CodingKeys: String, CodingKey {
        case ridges, maximumRows, maximumFanIn, seed, share
    }

    /// Reads options; in older plans layers go all the way.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        ridges = try values.decode([Double].self, forKey: .ridges)
        maximumRows = try values.decode(Int.self, forKey: .maximumRows)
        maximumFanIn = try values.decode(Int.self, forKey: .maximumFanIn)
        seed = try values.decode(UInt64.self, forKey: .seed)
        share = try values.decodeIfPresent(Double.self, forKey: .share) ?? 1
        guard (0...1).contains(share) else {
            throw CalibrationError(
                "the plan has layers go \(share) of the way to their solution, not 0 ... 1")
        }
    }
}
