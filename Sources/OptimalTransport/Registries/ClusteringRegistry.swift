/// The clusterings by name.
public enum ClusteringRegistry {
    /// All of them; the first is the default.
    public static let methods: [any (Clustering & TransportMethod).Type] = [
        GaussianMixture.self,
        KMeans.self,
    ]

    /// The names in order.
    public static var names: [String] { methods.map { $0.name } }

    /// Makes the one with a name.
    ///
    /// - Throws: `TransportError` listing the names there are, or for options out of range.
    public static func clustering(
        named name: String, options: TransportMethodOptions = TransportMethodOptions()
    ) throws -> any Clustering {
        try MethodChoice(kind: "clustering", methods: methods, names: names).named(name).init(
            options: options)
    }
}
