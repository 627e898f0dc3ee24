internal import Analysis
internal import Compression
package import Graph
internal import Importance

/// Prunes whole networks as the command does by default.
package enum NetworkPruning {
    /// Returns a network of which every group has lost a share of its channels, batch-norms folded, all groups at once.
    ///
    /// - Parameter rule: The merge rule's name.
    /// - Throws: What scoring, merging or applying throws.
    package static func pruned(_ graph: Graph, sparsity: Double, rule: String) throws -> Graph {
        let folded = try BatchNormFolding.exact.folded(graph)
        let moments = try NetworkMoments(batchNormsOf: graph, foldedInto: folded)
        let scorer = try ImportanceRegistry.scorer(named: "l1", original: graph)
        return try CompressionPlan.make(
            for: folded, sparsity: Sparsity(sparsity), rule: MergeRuleRegistry.rule(named: rule),
            order: .simultaneous
        ) { try GroupAnalysis($0, in: $1, scorer: scorer, moments: moments) }.graph
    }
}
