public import Analysis
public import Coupling
public import Graph

/// A compression that can be stored and applied again.
public struct CompressionPlan: Sendable, Codable, Equatable {
    /// The steps; each is one for the result of those before, or, where the order is simultaneous, for the original network.
    public let steps: [CompressionStep]
    /// The order.
    public let order: CompressionOrder

    /// Watches a plan while it is applied: is given the network as it is, and the maps that are put on its groups next.
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
    ///   - groups: The indices in the order in which they are compressed; nil is all, in the given order, but for those
    ///     that a step before has joined with its own.
    ///   - sparsity: The share of channels that each group loses.
    ///   - rule: How removed channels are merged.
    ///   - order: Whether a group is compressed as it is after others were.
    ///   - analyse: Scores a group of the network as it is at that point.
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
    ///   - network: The network, batch-norms folded.
    ///   - groups: The indices in the order in which they are compressed; nil is all, in the given order, but for those
    ///     that a step before has joined with its own.
    ///   - order: Whether a group is compressed as it is after others were.
    ///   - skipsJoined: Whether groups that were named are left out too where a step before has joined them with its own.
    ///   - observe: Watches.
    ///   - step: Returns what is done to a group of the network as it is at that point; nil is nothing.
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
                // A step before joined this group with its own: a grouped convolution has become a depthwise one.
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
    /// - Throws: `CompressionError` or `CouplingError` where a step does not fit the graph.
    public func applied(to graph: Graph) throws -> Graph {
        try applied(to: AnalysedNetwork(graph))
    }

    /// Returns the graph of a network after all steps, and shows each step's maps with the network that they are put on.
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
