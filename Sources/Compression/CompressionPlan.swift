public import Coupling
public import Graph

/// What is done to one group: which channels stay and how the others are merged into them.
public struct CompressionStep: Sendable, Codable, Equatable {
    /// One parameter axis that the step changes.
    public struct Member: Sendable, Codable, Hashable {
        /// The parameter's name.
        public let parameter: String
        /// The axis.
        public let axis: Int
        /// What the parameter does with the channels.
        public let role: MemberRole

        /// Names an axis.
        public init(parameter: String, axis: Int, role: MemberRole) {
            self.parameter = parameter
            self.axis = axis
            self.role = role
        }
    }

    /// The group's index.
    public let group: Int
    /// The group's members: the step fits no other group.
    public let members: [Member]
    /// The merge rule's name.
    public let rule: String
    /// One importance score per channel.
    public let scores: [Double]
    /// The map.
    public let map: ChannelMap

    /// Makes a step.
    public init(group: Int, members: [Member], rule: String, scores: [Double], map: ChannelMap) {
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
        let group = try coupling.group(group)
        try requireFit(group, of: graph)
        return try graph.applying(map, to: group, of: coupling)
    }

    private func requireFit(_ group: CoupledGroup, of graph: Graph) throws {
        let found = group.members.map(Member.init)
        if let stranger = members.first(where: { !found.contains($0) }) {
            throw CompressionError(
                "the step is for \(stranger), which is not in group \(group.index) of \(graph.name)")
        }
        if let missing = found.first(where: { !members.contains($0) }) {
            throw CompressionError(
                "group \(group.index) of \(graph.name) has \(missing), of which the step says nothing")
        }
    }
}

extension CompressionStep.Member: CustomStringConvertible {
    init(_ member: GroupMember) {
        self.init(parameter: member.name, axis: member.axis, role: member.role)
    }

    public var description: String { "\(parameter) axis \(axis) (\(role))" }
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
    ///   - groups: The indices in the order in which they are compressed; nil is all, from the output backwards.
    ///   - sparsity: The share of channels that each group loses.
    ///   - rule: How removed channels are merged.
    ///   - analyse: Scores a group of the network as it is at that point.
    /// - Returns: The plan and the compressed network.
    public static func make(
        for graph: Graph, groups: [Int]? = nil, sparsity: Sparsity, rule: any MergeRule,
        analyse: (CoupledGroup, Graph) throws -> GroupAnalysis
    ) throws -> (plan: CompressionPlan, graph: Graph) {
        let original = try Coupling(graph)
        var current = graph
        var steps: [CompressionStep] = []
        var done: Set<CompressionStep.Member> = []
        for planned in try groups?.map(original.group) ?? original.groups {
            // A step can join groups (a grouped convolution that becomes depthwise) and so renumber them: the group is
            // found again by what produces it, and is left alone where a step before has taken it along.
            let producers = Set(planned.members(.producer).map(CompressionStep.Member.init))
            let coupling = try Coupling(current)
            let group = coupling.groups.first { group in
                group.members(.producer).contains { producers.contains(CompressionStep.Member($0)) }
            }
            guard let group,
                !group.members(.producer).contains(where: { done.contains(CompressionStep.Member($0)) })
            else { continue }
            let analysis = try analyse(group, current)
            for step in try analysis.steps(kept: analysis.kept(sparsity), rules: [rule]) {
                current = try current.applying(step.map, to: group, of: coupling)
                steps.append(step)
            }
            done.formUnion(producers)
        }
        return (CompressionPlan(steps: steps), current)
    }

    /// Returns the graph after all steps.
    public func applied(to graph: Graph) throws -> Graph {
        try steps.reduce(graph) { try $1.applied(to: $0) }
    }
}
