public import Compression
public import Coupling
public import Graph

/// A network made from a base by changing parameters, optionally by a known channel map.
///
/// An operator may differ from the base's only if a shape does.
public struct EvaluationVariant: Sendable {
    /// The network.
    public let graph: Graph
    /// The channel map that made it, and the group it was applied to.
    let change: (map: ChannelMap, group: CoupledGroup)?

    /// Makes a variant.
    ///
    /// - Parameters:
    ///   - graph: The network.
    ///   - map: The channel map that alone makes the network from the base. If it is known, the outputs of
    ///     the base's producers serve the variant too, since they are linear in the weights:
    ///     `(M W) x = M (W x)`.
    ///   - group: The base's group.
    public init(_ graph: Graph, map: ChannelMap, of group: CoupledGroup) {
        self.graph = graph
        change = (map, group)
    }

    /// Makes a variant from its parameters alone.
    public init(_ graph: Graph) {
        self.graph = graph
        change = nil
    }
}
