/// The ground costs by name.
public enum GroundCostRegistry {
    /// All of them; the first is the default.
    public static let costs: [any (GroundCost & TransportMethod).Type] = [
        PNormCost.self,
        CosineCost.self,
    ]

    /// The names in order.
    public static var names: [String] { costs.map { $0.name } }

    /// Makes the one with a name.
    ///
    /// - Throws: `TransportError` listing the names there are, or for options out of range.
    public static func cost(
        named name: String, options: TransportMethodOptions = TransportMethodOptions()
    ) throws -> any GroundCost {
        try MethodChoice(kind: "ground cost", methods: costs, names: names).named(name).init(options: options)
    }
}
