public import Compression
public import Coupling
public import Graph

/// A network made from a base by changing parameters, and optionally by which channel map.
///
/// An operator may differ from the base's only where a shape does.
public struct EvaluationVariant: Sendable {
    /// The network.
    public let graph: Graph
    /// The channel map that made it and the group that it was put on.
    let change: (map: ChannelMap, group: CoupledGroup)?

    /// Makes a variant.
    ///
    /// - Parameters:
    ///   - graph: The network.
    ///   - map: The channel map that alone makes the network from the base. With it known, what the base's producers
    ///     gave serves for the variant too: their outputs are linear in their weights, `(M W) x = M (W x)`.
    ///   - group: The base's group.
    public init(_ graph: Graph, map: ChannelMap, of group: CoupledGroup) {
        self.graph = graph
        change = (map, group)
    }

    /// Makes a variant of which nothing is known but its parameters.
    public init(_ graph: Graph) {
        self.graph = graph
        change = nil
    }
}
