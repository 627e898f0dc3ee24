public import Coupling
public import Graph

/// A network with its groups, links, effects, costs and moments, each computed once.
///
/// Everything that prunes, scores, fits or measures takes one, and copies share the computed parts. A pruned
/// network is another network, with an analysis of its own.
public struct AnalysedNetwork: Sendable {
    /// The network as it was trained; this network if nothing was folded.
    public let original: Graph
    /// How its batch-norms were folded; nil if they were not.
    public let folding: BatchNormFolding?
    let structure: NetworkStructure
    private let known: Lazy<NetworkMoments>
    private let unfolded: Lazy<AnalysedNetwork>?

    /// Folds batch-norms and finds the groups.
    ///
    /// - Throws: `GraphError` for parameters that are not finite, `CouplingError` for a graph that cannot be understood.
    public init(_ graph: Graph, folding: BatchNormFolding) throws {
        try self.init(folding.folded(graph), foldedFrom: graph, folding)
    }

    /// Finds the groups of a network as it is.
    ///
    /// - Throws: `CouplingError` for a graph that cannot be understood, `GraphError` from an operator.
    public init(_ graph: Graph) throws {
        try self.init(graph, foldedFrom: nil, nil)
    }

    private init(
        _ graph: Graph, foldedFrom original: Graph?, _ folding: BatchNormFolding?,
        factors: FactorPreference = .outermost, factored: Set<String> = []
    ) throws {
        structure = try NetworkStructure(graph, factors: factors, factored: factored)
        self.original = original ?? graph
        self.folding = folding
        known = Lazy { try BatchNormMoments(of: original ?? graph, foldedInto: graph).moments() }
        unfolded = original.map { original in Lazy { try AnalysedNetwork(original) } }
    }

    /// The same network with other known moments.
    package init(_ network: AnalysedNetwork, moments: NetworkMoments) {
        self.init(network, known: Lazy { moments })
    }

    private init(_ network: AnalysedNetwork, known: Lazy<NetworkMoments>) {
        original = network.original
        folding = network.folding
        structure = network.structure
        self.known = known
        unfolded = network.unfolded
    }

    /// The same network with another reading of its Reshapes, or other weights that compute the same.
    private init(_ network: AnalysedNetwork, structure: NetworkStructure, known: Lazy<NetworkMoments>) {
        (original, folding, unfolded) = (network.original, network.folding, network.unfolded)
        self.structure = structure
        self.known = known
    }

    /// Finds the groups of a changed network and assumes the same moments for it.
    ///
    /// - Throws: `CouplingError` for a graph that cannot be understood, `GraphError` from an operator.
    package func following(_ graph: Graph) throws -> AnalysedNetwork {
        try AnalysedNetwork(changed(graph), known: known)
    }

    /// Finds the groups of a changed network, its Reshapes read as in this one.
    ///
    /// - Throws: `CouplingError` for a graph that cannot be understood, `GraphError` from an operator.
    package func changed(_ graph: Graph) throws -> AnalysedNetwork {
        try AnalysedNetwork(
            graph, foldedFrom: nil, nil, factors: structure.factors, factored: structure.factoredWeights)
    }

    /// The same network with some layers as products of two.
    ///
    /// - Parameters:
    ///   - network: The network.
    ///   - graph: The network with such pairs.
    ///   - factored: The names of the second weights of the pairs.
    init(_ network: AnalysedNetwork, _ graph: Graph, factoring factored: Set<String>) throws {
        self.init(
            network,
            structure: try NetworkStructure(graph, factors: network.structure.factors, factored: factored),
            known: network.known)
    }

    /// The same network in other bases of groups' channels, whose moments are not known any more.
    ///
    /// - Parameters:
    ///   - graph: The network in these bases.
    ///   - groups: The indices of these groups.
    package func rebased(_ graph: Graph, groups: Set<Int>) throws -> AnalysedNetwork {
        let named = try moments().channels.keys.filter { name in
            guard let id = self.graph.value(named: name) else { return false }
            return self.graph[id].type.shape.enumerated().contains { axis, length in
                !groups.isDisjoint(with: coupling.laneCounts(id, axis: axis, length: length).keys)
            }
        }
        let left = try moments().forgetting(named)
        return try AnalysedNetwork(
            self,
            structure: NetworkStructure(
                graph, factors: structure.factors, factored: structure.factoredWeights),
            known: Lazy { left })
    }

    /// The network, its attentions read as heads with channels of their own if they are linear spaces.
    ///
    /// Where a Reshape leaves a choice, whole heads are channels by default. The channels of each head suit better if
    /// other bases can be chosen for them.
    /// - Throws: `CouplingError` for a graph that cannot be understood, `GraphError` from an operator.
    public func readingHeads() throws -> AnalysedNetwork {
        guard coupling.hasAlternatives, structure.factors == .outermost else { return self }
        let inner = try AnalysedNetwork(
            self,
            structure: NetworkStructure(
                graph, factors: .innermost, factored: structure.factoredWeights), known: known)
        func key(_ group: CoupledGroup) -> [String] {
            group.references.map(\.description) + ["\(group.width)"]
        }
        let own = Set(coupling.groups.map(key))
        let others = inner.coupling.groups.filter { !own.contains(key($0)) }
        guard !others.isEmpty else { return self }
        let linear = Set(try inner.linearSpaces(of: others).map(\.group))
        return others.allSatisfy { linear.contains($0.index) } ? inner : self
    }

    /// The network, batch-norms folded.
    public var graph: Graph { structure.graph }

    /// Its groups.
    public var coupling: Coupling { structure.coupling }

    /// The widths of the groups, by their indices.
    public var groupWidths: [Int] { coupling.groups.map(\.width) }

    /// The known moments of its activations: those of its batch-norms, unless others were measured or
    /// derived.
    ///
    /// - Throws: `TorchError` if the statistics cannot be read.
    public func moments() throws -> NetworkMoments { try known.value() }

    /// The costs of the network for other widths of its groups.
    public func costs() throws -> WidthCosts { try structure.costs.value() }

    /// The network before its batch-norms were folded, with its own groups.
    package func beforeFolding() throws -> AnalysedNetwork { try unfolded?.value() ?? self }

    /// The nodes that read each value.
    package var readers: [ValueID: [NodeID]] { structure.readers }

    /// Returns which lanes of a node's inputs and outputs are the same channel.
    package func links(of id: NodeID) throws -> [AxisLink] { try structure.links(of: id) }

    /// Returns a node's effect on the distribution of the channels that pass through it.
    package func effect(of id: NodeID) throws -> ChannelEffect { try structure.effect(of: id) }

    /// Whether another network is this one: the same parameters in the same graph.
    package func isIdentical(to other: AnalysedNetwork) -> Bool {
        structure === other.structure || graph.isIdentical(to: other.graph)
    }

    /// Checks the weights of all groups before anything is measured with them.
    ///
    /// - Throws: `GraphError` naming a weight that is not finite.
    package func requireFiniteWeights() throws {
        for group in coupling.groups { try group.requireFiniteWeights(in: graph) }
    }
}
