extension TransportOptions: Codable {
    private enum CodingKeys: String, CodingKey {
        case p, source, target, targets, clustering, cost, costFeatures, solver, epsilon, iterationLimit, seed
    }

    /// The text for an infinite exponent, as JSON has no such number.
    private static let infinity = "inf"

    /// Reads options; missing ones have their defaults.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func value<Value: Decodable>(_ key: CodingKeys, _ fallback: Value) throws -> Value {
            try container.decodeIfPresent(Value.self, forKey: key) ?? fallback
        }
        self.init()
        if let text = try? container.decode(String.self, forKey: .p), text == Self.infinity {
            p = .infinity
        } else {
            p = try value(.p, p)
        }
        source = try value(.source, source)
        target = try value(.target, target)
        targets = try value(.targets, targets)
        clustering = try value(.clustering, clustering)
        cost = try value(.cost, cost)
        costFeatures = try value(.costFeatures, costFeatures)
        solver = try value(.solver, solver)
        epsilon = try value(.epsilon, epsilon)
        iterationLimit = try container.decodeIfPresent(Int.self, forKey: .iterationLimit)
        seed = try value(.seed, seed)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if p == .infinity {
            try container.encode(Self.infinity, forKey: .p)
        } else {
            try container.encode(p, forKey: .p)
        }
        try container.encode(source, forKey: .source)
        try container.encode(target, forKey: .target)
        try container.encode(targets, forKey: .targets)
        try container.encode(clustering, forKey: .clustering)
        try container.encode(cost, forKey: .cost)
        try container.encode(costFeatures, forKey: .costFeatures)
        try container.encode(solver, forKey: .solver)
        try container.encode(epsilon, forKey: .epsilon)
        try container.encodeIfPresent(iterationLimit, forKey: .iterationLimit)
        try container.encode(seed, forKey: .seed)
    }

    /// The options as text, for the metadata of a file.
    public var metadata: [String: String] {
        var result = [
            "p": "\(p)", "source_marginal": source.rawValue, "target_marginal": target.rawValue,
            "targets": targets.rawValue, "clustering": clustering, "cost": cost,
            "cost_features": costFeatures.rawValue, "solver": solver, "epsilon": "\(epsilon)",
            "transport_seed": "\(seed)",
        ]
        if let iterationLimit { result["iteration_limit"] = "\(iterationLimit)" }
        return result
    }
}
