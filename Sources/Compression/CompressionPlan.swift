public import Coupling
public import Graph

/// A compression that can be stored and applied again.
public struct CompressionPlan: Sendable, Codable, Equatable {
    /// The steps; each is one for the result of those before, or, where the order is simultaneous, for the original network.
    public let steps: [CompressionStep]
    /// The order.
    public let order: CompressionOrder

    /// Makes a plan.
    public init(steps: [CompressionStep], order: CompressionOrder = .backward) {
        self.steps = steps
        self.order = order
    }

    /// Plans the compression of several groups.
    ///
    /// - Parameters:
    ///   - graph: The network, batch-norms folded.
    ///   - groups: The indices in the order in which they are compressed; nil is all, in the given order, but for those
    ///     that a step before has joined with its own.
    ///   - sparsity: The share of channels that each group loses.
    ///   - rule: How removed channels are merged.
    ///   - order: Whether a group is compressed as it is after others were.
    ///   - analyse: Scores a group of the network as it is at that point.
    /// - Returns: The plan and the compressed network.
    public static func make(
        for graph: Graph, groups: [Int]? = nil, sparsity: Sparsity, rule: any MergeRule,
        order: CompressionOrder = .backward, analyse: (CoupledGroup, Graph) throws -> GroupAnalysis
    ) throws -> (plan: CompressionPlan, graph: Graph) {
        try make(for: graph, groups: groups, order: order) { group, current in
            let analysis = try analyse(group, current)
            return try analysis.steps(kept: analysis.kept(sparsity), rules: [rule]).first
        }
    }

    /// Plans the compression of several groups step by step.
    ///
    /// - Parameters:
    ///   - graph: The network, batch-norms folded.
    ///   - groups: The indices in the order in which they are compressed; nil is all, in the given order, but for those
    ///     that a step before has joined with its own.
    ///   - order: Whether a group is compressed as it is after others were.
    ///   - skipsJoined: Whether groups that were named are left out too where a step before has joined them with its own.
    ///   - step: Returns what is done to a group of the network as it is at that point; nil is nothing.
    /// - Returns: The plan and the compressed network.
    package static func make(
        for graph: Graph, groups: [Int]?, order: CompressionOrder, skipsJoined: Bool = false,
        step: (CoupledGroup, Graph) throws -> CompressionStep?
    ) throws -> (plan: CompressionPlan, graph: Graph) {
        let original = try Coupling(graph)
        let all = order == .forward ? original.groups.reversed() : original.groups
        let chosen = try groups?.map(original.group) ?? all
        var steps: [CompressionStep] = []
        if order == .simultaneous {
            steps = try chosen.compactMap { try step($0, graph) }
            let plan = CompressionPlan(steps: steps, order: order)
            return (plan, try plan.applied(to: graph))
        }
        var current = graph
        for group in chosen {
            let coupling = try Coupling(current)
            let now: CoupledGroup
            do {
                now = try coupling.group(of: group.references)
            } catch  where groups == nil || skipsJoined {
                // A step before joined this group with its own: a grouped convolution has become a depthwise one.
                continue
            }
            guard let made = try step(now, current) else { continue }
            current = try current.applying(made.map, to: now, of: coupling)
            steps.append(
                CompressionStep(
                    group: group.index, members: made.members, rule: made.rule, scores: made.scores,
                    map: made.map, candidates: made.candidates))
        }
        return (CompressionPlan(steps: steps, order: order), current)
    }

    /// Returns the graph after all steps.
    ///
    /// - Throws: `CompressionError` or `CouplingError` where a step does not fit the graph.
    public func applied(to graph: Graph) throws -> Graph {
        try applied(to: graph) { _, _ in }
    }

    /// Returns the graph after all steps, and shows each step's maps with the graph that they are put on.
    func applied(
        to graph: Graph, observing: (Graph, [(map: ChannelMap, group: CoupledGroup)]) throws -> Void
    ) throws -> Graph {
        let stages = order == .simultaneous ? [steps] : steps.map { [$0] }
        return try stages.reduce(graph) { current, stage in
            let coupling = try Coupling(current)
            let changes = try stage.map { ($0.map, try coupling.group(of: $0.members)) }
            try observing(current, changes)
            return try current.applying(changes, of: coupling)
        }
    }
}
