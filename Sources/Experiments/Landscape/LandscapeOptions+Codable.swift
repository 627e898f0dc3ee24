internal import Compression
internal import Pruning

extension LandscapeOptions: Codable {
    private enum CodingKeys: String, CodingKey {
        case group, sparsity, rules, gridSize, margin
    }

    /// Reads options; those of the scoring are on the same level.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        group = try container.decode(Int.self, forKey: .group)
        sparsity = try container.decode(Sparsity.self, forKey: .sparsity)
        rules = try container.decode([String].self, forKey: .rules)
        gridSize = try container.decode(Int.self, forKey: .gridSize)
        margin = try container.decode(Double.self, forKey: .margin)
        scoring = try ScoringOptions(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(group, forKey: .group)
        try container.encode(sparsity, forKey: .sparsity)
        try container.encode(rules, forKey: .rules)
        try container.encode(gridSize, forKey: .gridSize)
        try container.encode(margin, forKey: .margin)
        try scoring.encode(to: encoder)
    }
}
