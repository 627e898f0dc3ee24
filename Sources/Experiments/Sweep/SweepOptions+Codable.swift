internal import Compression
internal import Pruning

extension SweepOptions: Codable {
    private enum CodingKeys: String, CodingKey {
        case groups, sparsities, rules, samples, batchSize
    }

    /// Reads options; those of the scoring are on the same level.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        groups = try container.decodeIfPresent([Int].self, forKey: .groups)
        sparsities = try container.decode([Sparsity].self, forKey: .sparsities)
        rules = try container.decode([String].self, forKey: .rules)
        samples = try container.decodeIfPresent(Int.self, forKey: .samples)
        batchSize = try container.decode(Int.self, forKey: .batchSize)
        scoring = try ScoringOptions(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(groups, forKey: .groups)
        try container.encode(sparsities, forKey: .sparsities)
        try container.encode(rules, forKey: .rules)
        try container.encodeIfPresent(samples, forKey: .samples)
        try container.encode(batchSize, forKey: .batchSize)
        try scoring.encode(to: encoder)
    }
}
