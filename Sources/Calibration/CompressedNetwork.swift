public import Analysis
public import Compression
package import Coupling
public import Graph

/// A network compressed by plans, and how the channels of each of its layers were merged.
public struct CompressedNetwork: Sendable {
    /// The network before compression.
    public private(set) var original: AnalysedNetwork
    /// The compressed network; its nodes and values keep their numbers.
    public private(set) var graph: Graph
    /// The mixings of each producing axis, in the order in which they were applied.
    private var mixings: [Axis: [AxisMixing]] = [:]

    private struct Axis: Hashable {
        let parameter: String
        let axis: Int
    }

    /// Starts with an unchanged network.
    public init(_ network: AnalysedNetwork) {
        original = network
        graph = network.graph
    }

    /// Compresses a network by plans, one after the other.
    ///
    /// - Throws: `CompressionError` or `CouplingError` if a plan does not fit.
    public init(_ network: AnalysedNetwork, by plans: [CompressionPlan]) throws {
        self.init(network)
        for (index, plan) in plans.enumerated() {
            let current = index == 0 ? network : try network.changed(graph)
            let result = try plan.applied(to: current) { network, changes in
                try note(changes, on: network)
            }
            follow(result)
        }
    }

    /// Records maps applied to groups of the present network; `follow` then takes the result.
    package mutating func note(
        _ changes: [(map: ChannelMap, group: CoupledGroup)], on network: AnalysedNetwork
    ) throws {
        for (key, mixing) in try network.mixings(changes) {
            let isConsuming = changes.contains { change in
                change.group.members(.consumer).contains {
                    $0.parameter == key.parameter && $0.axis == key.axis
                }
            }
            if isConsuming { continue }
            let place = Axis(parameter: network.graph[key.parameter].name, axis: key.axis)
            mixings[place, default: []].append(mixing)
        }
    }

    /// Takes the network that results from the recorded maps.
    package mutating func follow(_ result: Graph) { graph = result }

    /// Returns the compressed network with pairs of layers that are not worth two as one.
    ///
    /// - Throws: `GraphError` if a pair does not fit.
    package func joinedGraph() throws -> Graph {
        try original.joining(original.idleFactors(in: graph), in: graph)
    }

    /// Returns the same compression with pairs of layers that are not worth two as one in both networks.
    ///
    /// - Throws: `GraphError` if a pair does not fit.
    package func joiningIdleFactors() throws -> CompressedNetwork {
        let idle = original.idleFactors(in: graph)
        guard !idle.isEmpty else { return self }
        var result = self
        result.graph = try original.joining(idle, in: graph)
        result.original = try original.joining(idle)
        return result
    }

    /// How the original outputs on an axis of a parameter are merged, first to last.
    func mixings(_ parameter: String, axis: Int) -> [AxisMixing] {
        mixings[Axis(parameter: parameter, axis: axis)] ?? []
    }
}
