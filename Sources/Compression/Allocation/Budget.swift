public import Graph

/// A limit on the cost of a compressed network.
public struct Budget: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The limited quantity.
    public enum Quantity: String, Sendable, Codable, CaseIterable {
        /// Multiply-accumulate operations for one sample.
        case multiplyAccumulates = "multiply_accumulates"
        /// Elements of parameters.
        case parameters
        /// Bytes of parameters.
        case bytes
        /// The time of one run, as measured.
        case latency
    }

    /// The limited quantity.
    public let quantity: Quantity
    /// Up to 1 a share of the dense network's cost, above 1 an absolute number.
    public let limit: Double

    /// Validates a budget.
    ///
    /// - Throws: `CompressionError` if the limit is not a positive number, or is an absolute time.
    public init(_ quantity: Quantity, limit: Double) throws {
        guard limit > 0, limit.isFinite else {
            throw CompressionError(
                "a budget of \(quantity.rawValue) must be a share in (0, 1] or a number above 1, got \(limit)"
            )
        }
        guard quantity != .latency || limit <= 1 else {
            throw CompressionError("a budget of latency must be a share in (0, 1], got \(limit)")
        }
        self.quantity = quantity
        self.limit = limit
    }

    /// The share of a network's cost that the budget allows; above 1 if the network fits already.
    public func share(of dense: NetworkCost) -> Double {
        limit <= 1 ? limit : limit / max(amount(dense), 1)
    }

    /// The amount of the limited quantity in a cost; zero for latency, which has to be measured.
    public func amount(_ cost: NetworkCost) -> Double {
        switch quantity {
        case .multiplyAccumulates: Double(cost.multiplyAccumulates)
        case .parameters: Double(cost.parameters)
        case .bytes: Double(cost.bytes)
        case .latency: 0
        }
    }

    public var description: String {
        "\(quantity.rawValue) <= \(limit <= 1 ? "\(limit) of the dense network's" : "\(limit)")"
    }

    private enum CodingKeys: String, CodingKey {
        case quantity, limit
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            container.decode(Quantity.self, forKey: .quantity),
            limit: container.decode(Double.self, forKey: .limit))
    }
}
