public import Analysis
public import Coupling
public import Graph

/// A compression that can be stored and applied again.
public struct CompressionPlan: Sendable, Codable, Equatable {
    /// The steps. Each was made for the result of the previous ones or, if the order is simultaneous, for the
    /// original network.
    public let steps: [CompressionStep]
    /// The order.
    public let order: CompressionOrder

    /// Watches a plan while it is applied: receives the current network, and the maps to be applied to its
    /// groups next.
    package typealias Observer = (AnalysedNetwork, [(map: ChannelMap, group: CoupledGroup)]) throws -> Void

    /// Makes a plan.
    public init(steps: [CompressionStep], order: CompressionOrder = .backward) {
        self.steps = steps
        self.order = order
    }

    /// Plans the compression of several groups.
    ///
    /// - Parameters:
    ///   - network: The network, batch-norms folded.
    ///   - groups: The indices in the order of compression; nil is all, in the given order, except those that
    ///     an earlier step has joined with another group.
    ///   - sparsity: The share of channels that each group loses.
    ///   - rule: How pruned channels are merged.
    ///   - order: Which network each group is scored and merged in.
    ///   - analyse: Scores a group of the current network.
    /// - Returns: The plan and the compressed network.
    public static func make(
        for network: AnalysedNetwork, groups: [Int]? = nil, sparsity: Sparsity, rule: any MergeRule,
        order: CompressionOrder = .backward, analyse: (CoupledGroup, AnalysedNetwork) throws -> GroupAnalysis
    ) throws -> (plan: CompressionPlan, graph: Graph) {
        try make(for: network, groups: groups, order: order) { group, current in
            let analysis = try analyse(group, current)
            return try analysis.steps(kept: analysis.kept(sparsity), rules: [rule]).first
        }
    }

    /// Plans the compression of several groups step by step, and compresses them.
    ///
    /// - Parameters:
    ///   - groups: The indices in the order of compression; nil is all, in the given order, except those that
    ///     an earlier step has joined with another group.
    ///   - order: Which network each group is scored and merged in.
    ///   - skipsJoined: Whether to skip named groups, too, that an earlier step has joined with another.
    ///   - observe: Watches the steps.
    ///   - step: Returns the step for a group of the current network; nil is none.
    /// - Returns: The plan and the compressed network.
    package static func make(
        for network: AnalysedNetwork, groups: [Int]?, order: CompressionOrder, skipsJoined: Bool = false,
        observing observe: Observer = { _, _ in },
        step: (CoupledGroup, AnalysedNetwork) throws -> CompressionStep?
    ) throws -> (plan: CompressionPlan, graph: Graph) {
        let all = order == .forward ? network.coupling.groups.reversed() : network.coupling.groups
        let chosen = try groups?.map(network.coupling.group) ?? all
        if order == .simultaneous {
            let plan = CompressionPlan(steps: try chosen.compactMap { try step($0, network) }, order: order)
            return (plan, try plan.applied(to: network, observing: observe))
        }
        var steps: [CompressionStep] = []
        var graph = network.graph
        var current: AnalysedNetwork? = network
        for group in chosen {
            let before = try current ?? network.following(graph)
            current = before
            let now: CoupledGroup
            do {
                now = try before.coupling.group(of: group.references)
            } catch  where groups == nil || skipsJoined {
                // An earlier step joined this group with its own: a grouped convolution has become a
                // depthwise one.
                continue
            }
            guard let made = try step(now, before) else { continue }
            try observe(before, [(made.map, now)])
            graph = try before.applying(made.map, to: now)
            current = nil
            steps.append(
                CompressionStep(
                    group: group.index, members: made.members, rule: made.rule, scores: made.scores,
                    map: made.map, candidates: made.candidates))
        }
        return (CompressionPlan(steps: steps, order: order), graph)
    }

    /// Returns the graph after all steps.
    ///
    /// - Throws: `CompressionError` or `CouplingError` if a step does not fit the graph.
    public func applied(to graph: Graph) throws -> Graph {
        try applied(to: AnalysedNetwork(graph))
    }

    /// Returns the graph of a network after all steps, and reports each step's maps with the network they
    /// apply to.
    package func applied(
        to network: AnalysedNetwork, observing observe: Observer = { _, _ in }
    ) throws -> Graph {
        let stages = order == .simultaneous ? [steps] : steps.map { [$0] }
        var graph = network.graph
        for (index, stage) in stages.enumerated() {
            let current = index == 0 ? network : try network.following(graph)
            let changes = try stage.map { ($0.map, try current.coupling.group(of: $0.members)) }
            try observe(current, changes)
            graph = try current.applying(changes)
        }
        return graph
    }
}
