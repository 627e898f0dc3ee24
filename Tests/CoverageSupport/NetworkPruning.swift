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
        let network = try AnalysedNetwork(graph, folding: .exact)
        let scorer = try ImportanceRegistry.scorer(named: "l1", network: network)
        return try CompressionPlan.make(
            for: network, sparsity: Sparsity(sparsity), rule: MergeRuleRegistry.rule(named: rule),
            order: .simultaneous
        ) { try GroupAnalysis($0, in: $1, scorer: scorer) }.graph
    }
}
