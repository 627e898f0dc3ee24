package import Analysis
package import Calibration
package import Compression
package import Coupling
package import Graph
package import Importance
package import OptimalTransport

// Tests look at one graph at a time: each of these analyses it on the way.

extension Graph {
    /// The graph with a channel map on one of its groups.
    package func applying(_ map: ChannelMap, to group: CoupledGroup, of coupling: Coupling) throws -> Graph {
        try AnalysedNetwork(self).applying(map, to: group)
    }

    /// The graph with channel maps on several of its groups at once.
    package func applying(
        _ changes: [(map: ChannelMap, group: CoupledGroup)], of coupling: Coupling
    ) throws -> Graph {
        try AnalysedNetwork(self).applying(changes)
    }

    /// The graph analysed, with what is known of its activations where that is given.
    package func analysed(knowing moments: NetworkMoments? = nil) throws -> AnalysedNetwork {
        let network = try AnalysedNetwork(self)
        return moments.map { AnalysedNetwork(network, moments: $0) } ?? network
    }
}

extension NetworkMoments {
    /// What a network's batch-norms tell.
    package init(batchNormsOf trained: Graph, foldedInto folded: Graph) throws {
        self = try BatchNormMoments(of: trained, foldedInto: folded).moments()
    }
}

extension GroupAnalysis {
    /// Analyses a group of a graph.
    package convenience init(
        _ group: CoupledGroup, in graph: Graph, scorer: ImportanceScorer,
        options: TransportOptions = TransportOptions(), solver: (any TransportSolver)? = nil,
        moments: NetworkMoments? = nil
    ) throws {
        try self.init(
            group, in: graph.analysed(knowing: moments), scorer: scorer, options: options, solver: solver)
    }
}

extension MergeContext {
    /// The context of a group of a graph.
    package init(
        group: CoupledGroup, graph: Graph, kept: [Int], moments: NetworkMoments? = nil,
        plan: @escaping @Sendable () throws -> TransportPlan
    ) throws {
        try self.init(group: group, network: graph.analysed(knowing: moments), kept: kept, plan: plan)
    }
}

extension ImportanceContext {
    /// The context of a group of a graph.
    package init(
        group: CoupledGroup, graph: Graph, features: ChannelFeatures,
        statistics: NetworkStatistics = NetworkStatistics()
    ) throws {
        try self.init(
            group: group, network: AnalysedNetwork(graph), features: features, statistics: statistics)
    }
}

extension ImportanceScorer {
    /// The scores of a group of a graph.
    package func scores(
        of group: CoupledGroup, in graph: Graph, features: ChannelFeatures
    ) throws -> [Double] {
        try scores(of: group, in: AnalysedNetwork(graph), features: features)
    }
}

extension CompressionPlan {
    /// Plans the compression of groups of a graph.
    package static func make(
        for graph: Graph, groups: [Int]? = nil, sparsity: Sparsity, rule: any MergeRule,
        order: CompressionOrder = .backward, moments: NetworkMoments? = nil,
        analyse: (CoupledGroup, AnalysedNetwork) throws -> GroupAnalysis
    ) throws -> (plan: CompressionPlan, graph: Graph) {
        try make(
            for: graph.analysed(knowing: moments), groups: groups, sparsity: sparsity, rule: rule,
            order: order, analyse: analyse)
    }
}

extension LayerReconstruction {
    /// Compresses a graph by plans and fits the layers.
    package func apply(
        _ plans: [CompressionPlan], to graph: Graph
    ) throws -> (graph: Graph, layers: [Report]) {
        try apply(to: CompressedNetwork(AnalysedNetwork(graph), by: plans))
    }
}

extension StatisticsRepair {
    /// Compresses a graph by plans and repairs the layers.
    package func apply(
        _ plans: [CompressionPlan], to graph: Graph
    ) throws -> (graph: Graph, layers: [Report]) {
        try apply(to: CompressedNetwork(AnalysedNetwork(graph), by: plans))
    }
}

extension NetworkRefinement {
    /// Refines what plans made of a graph.
    package func apply(
        to compressed: Graph, madeOf graph: Graph, by plans: [CompressionPlan],
        report: (Double) throws -> Void = { _ in }
    ) throws -> (graph: Graph, report: Report) {
        try apply(
            to: compressed, of: CompressedNetwork(AnalysedNetwork(graph), by: plans), report: report)
    }
}
