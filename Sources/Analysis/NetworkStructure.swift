internal import Coupling
internal import Graph
internal import Synchronization
internal import Torch

/// Everything that follows from a network's wiring, shapes and attributes, each computed once.
final class NetworkStructure: Sendable {
    let graph: Graph
    let coupling: Coupling
    let factors: FactorPreference
    /// The layers that are products of two.
    let factoredLayers: [FactoredLayer]
    /// The nodes that read each value.
    let readers: [ValueID: [NodeID]]
    let costs: Lazy<WidthCosts>
    private let memory = Mutex<Memory>(Memory())

    private struct Memory {
        var links: [NodeID: [AxisLink]] = [:]
        var effects: [NodeID: ChannelEffect] = [:]
        var products: (member: GroupMember, values: Tensor)?
    }

    /// Analyses a graph.
    ///
    /// - Parameters:
    ///   - graph: The graph.
    ///   - factors: Which factors are channels where a Reshape leaves a choice.
    ///   - factored: The names of the weights of layers that are the second ones of pairs.
    init(_ graph: Graph, factors: FactorPreference, factored: Set<String> = []) throws {
        let readers = graph.consumers()
        let layers = try FactoredLayer.found(in: graph, weights: factored, readers)
        let coupling = try Coupling(graph, factors: factors, last: Set(layers.map(\.secondWeight)))
        self.graph = graph
        self.factors = factors
        self.coupling = coupling
        self.readers = readers
        factoredLayers = layers
        costs = Lazy { WidthCosts(graph, coupling, factoredLayers: layers) }
    }

    /// The names of the second weights of pairs.
    var factoredWeights: Set<String> { Set(factoredLayers.map { graph[$0.secondWeight].name }) }

    func links(of id: NodeID) throws -> [AxisLink] {
        if let known = memory.withLock({ $0.links[id] }) { return known }
        let links = try graph.links(of: id)
        memory.withLock { $0.links[id] = links }
        return links
    }

    func effect(of id: NodeID) throws -> ChannelEffect {
        if let known = memory.withLock({ $0.effects[id] }) { return known }
        let effect = try graph.effect(of: id)
        memory.withLock { $0.effects[id] = effect }
        return effect
    }

    func weightProducts(of member: GroupMember) throws -> Tensor {
        if let known = memory.withLock({ $0.products }), known.member == member { return known.values }
        guard let weight = graph[member.parameter].tensor else {
            throw GraphError("\(member.name) has no values")
        }
        let rest = (0..<weight.rank).filter { $0 != member.axis }
        let count = member.positions.count
        let selected = try weight.converted(to: .float64)
            .selecting(axis: member.axis, member.positions.flatMap { $0 }).permuted([member.axis] + rest)
        let products = try selected.reshaped([count, selected.count / max(count, 1)]).rowProducts()
        memory.withLock { $0.products = (member, products) }
        return products
    }
}
