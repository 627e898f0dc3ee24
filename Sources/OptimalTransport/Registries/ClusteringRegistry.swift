internal import Registries

/// The clusterings by name.
public enum ClusteringRegistry {
    private static let registry = Registry<any (Clustering & TransportMethod).Type>(
        of: "clustering",
        [
            GaussianMixture.self,
            KMeans.self,
        ]
    ) { $0.name }

    /// All of them; the first is the default.
    public static var methods: [any (Clustering & TransportMethod).Type] { registry.entries }

    /// The names in order.
    public static var names: [String] { registry.names }

    /// Makes the one with a name.
    ///
    /// - Throws: `TransportError` listing the known names, or for options out of range.
    public static func clustering(
        named name: String, options: TransportMethodOptions = TransportMethodOptions()
    ) throws -> any Clustering {
        try registry.entry(named: name) { TransportError.unknownMethod($0) }.init(options: options)
    }
}
