/// The importance criteria by name.
public enum ImportanceRegistry {
    /// All criteria; the first is the default.
    public static let criteria: [any ImportanceCriterion.Type] = [
        L1Importance.self,
        L2Importance.self,
        LInfinityImportance.self,
        RandomImportance.self,
    ]

    /// The names in order.
    public static var names: [String] { criteria.map { $0.name } }

    /// Makes a criterion.
    ///
    /// - Throws: `ImportanceError` listing the names there are.
    public static func criterion(
        named name: String, options: ImportanceOptions = ImportanceOptions()
    ) throws -> any ImportanceCriterion {
        guard let type = criteria.first(where: { $0.name == name }) else {
            throw ImportanceError(
                "there is no importance criterion \(name); choose one of \(names.joined(separator: ", "))")
        }
        return try type.init(options: options)
    }
}
