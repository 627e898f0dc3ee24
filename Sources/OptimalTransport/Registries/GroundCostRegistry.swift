internal import Registries

/// The ground costs by name.
public enum GroundCostRegistry {
    private static let registry = Registry<any (GroundCost & TransportMethod).Type>(
        of: "ground cost",
        [
            PNormCost.self,
            CosineCost.self,
        ]
    ) { $0.name }

    /// All of them; the first is the default.
    public static var costs: [any (GroundCost & TransportMethod).Type] { registry.entries }

    /// The names in order.
    public static var names: [String] { registry.names }

    /// Makes the one with a name.
    ///
    /// - Throws: `TransportError` listing the known names, or for options out of range.
    public static func cost(
        named name: String, options: TransportMethodOptions = TransportMethodOptions()
    ) throws -> any GroundCost {
        try registry.entry(named: name) { TransportError.unknownMethod($0) }.init(options: options)
    }
}
