public import Coupling
public import Graph

/// What is done to one group: which channels stay and how the others are merged into them.
public struct CompressionStep: Sendable, Codable, Equatable {
    /// The group's index in the network for which the step was made.
    public let group: Int
    /// The group's members, by which it is found again: the step fits no other group.
    public let members: [MemberReference]
    /// The merge rule's name.
    public let rule: String
    /// One importance score per channel.
    public let scores: [Double]
    /// The map.
    public let map: ChannelMap

    /// Makes a step.
    public init(group: Int, members: [MemberReference], rule: String, scores: [Double], map: ChannelMap) {
        self.group = group
        self.members = members
        self.rule = rule
        self.scores = scores
        self.map = map
    }

    /// Returns the graph after this step.
    ///
    /// Weights need not be those for which the step was made; the group's wiring and width must be.
    /// - Throws: `CompressionError` or `CouplingError` where the step does not fit the graph.
    public func applied(to graph: Graph) throws -> Graph {
        let coupling = try Coupling(graph)
        return try graph.applying(map, to: coupling.group(of: members), of: coupling)
    }
}

/// A compression that can be stored and applied again: steps in order.
public struct CompressionPlan: Sendable, Codable, Equatable {
    /// The steps.
    public let steps: [CompressionStep]

    /// Makes a plan.
    public init(steps: [CompressionStep]) {
        self.steps = steps
    }

    /// Plans several groups one after the other, each on the result of those before.
    ///
    /// - Parameters:
    ///   - graph: The network, batch-norms folded.
    ///   - groups: The indices in the order in which they are compressed; nil is all, from the output backwards,
    ///     but for those that a step before has joined with its own.
    ///   - sparsity: The share of channels that each group loses.
    ///   - rule: How removed channels are merged.
    ///   - analyse: Scores a group of the network as it is at that point.
    /// - Returns: The plan and the compressed network.
    public static func make(
        for graph: Graph, groups: [Int]? = nil, sparsity: Sparsity, rule: any MergeRule,
        analyse: (CoupledGroup, Graph) throws -> GroupAnalysis
    ) throws -> (plan: CompressionPlan, graph: Graph) {
        var current = graph
        var steps: [CompressionStep] = []
        let original = try Coupling(graph)
        for chosen in try groups?.map(original.group) ?? original.groups {
            let coupling = try Coupling(current)
            let group: CoupledGroup
            do {
                group = try coupling.group(of: chosen.references)
            } catch  where groups == nil {
                // A step before joined this group with its own: a grouped convolution has become a depthwise one.
                continue
            }
            let analysis = try analyse(group, current)
            for step in try analysis.steps(kept: analysis.kept(sparsity), rules: [rule]) {
                current = try current.applying(step.map, to: group, of: coupling)
                steps.append(
                    CompressionStep(
                        group: chosen.index, members: step.members, rule: step.rule, scores: step.scores,
                        map: step.map))
            }
        }
        return (CompressionPlan(steps: steps), current)
    }

    /// Returns the graph after all steps.
    public func applied(to graph: Graph) throws -> Graph {
        try steps.reduce(graph) { try $1.applied(to: $0) }
    }
}
