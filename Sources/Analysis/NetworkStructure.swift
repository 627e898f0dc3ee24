internal import Coupling
internal import Graph
internal import Synchronization

/// Everything that follows from a network's wiring, shapes and attributes, each computed once.
final class NetworkStructure: Sendable {
    let graph: Graph
    let coupling: Coupling
    let factors: FactorPreference
    /// The nodes that read each value.
    let readers: [ValueID: [NodeID]]
    let costs: Lazy<WidthCosts>
    private let memory = Mutex<Memory>(Memory())

    private struct Memory {
        var links: [NodeID: [AxisLink]] = [:]
        var effects: [NodeID: ChannelEffect] = [:]
    }

    init(_ graph: Graph, factors: FactorPreference) throws {
        let coupling = try Coupling(graph, factors: factors)
        self.graph = graph
        self.factors = factors
        self.coupling = coupling
        readers = graph.consumers()
        costs = Lazy { WidthCosts(graph, coupling) }
    }

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
}
