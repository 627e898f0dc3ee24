internal import Registries

/// The merge rules by name.
public enum MergeRuleRegistry {
    private static let registry = Registry<any MergeRule.Type>(
        of: "rule",
        [
            DeletionRule.self,
            ReferenceRule.self,
            MeanRule.self,
            NormPreservingRule.self,
            ClusterMeanRule.self,
            CompensatedDeletionRule.self,
            MomentMatchedRule.self,
        ]
    ) { $0.name }

    /// All rules, deletion first.
    public static var rules: [any MergeRule.Type] { registry.entries }

    /// The names in order.
    public static var names: [String] { registry.names }

    /// Returns the rule with a name.
    ///
    /// - Throws: `CompressionError` listing the known names.
    public static func rule(named name: String) throws -> any MergeRule {
        try registry.entry(named: name) { CompressionError("\($0)") }.init()
    }
}
