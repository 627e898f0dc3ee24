/// The merge rules by name.
public enum MergeRuleRegistry {
    /// All rules, deletion first.
    public static let rules: [any MergeRule.Type] = [
        DeletionRule.self,
        ReferenceRule.self,
        MeanRule.self,
        NormPreservingRule.self,
        ClusterMeanRule.self,
        CompensatedDeletionRule.self,
        MomentMatchedRule.self,
    ]

    /// The names in order.
    public static var names: [String] { rules.map { $0.name } }

    /// Returns the rule with a name.
    ///
    /// - Throws: `CompressionError` listing the names there are.
    public static func rule(named name: String) throws -> any MergeRule {
        guard let type = rules.first(where: { $0.name == name }) else {
            throw CompressionError("there is no rule \(name); choose among \(names.joined(separator: ", "))")
        }
        return type.init()
    }
}
