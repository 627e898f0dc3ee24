public import Compression
internal import Coupling
public import Graph
internal import Moments

/// A network as compressions begin with it; several of them share one.
public struct PreparedNetwork: Sendable {
    /// The network as it was trained.
    public let original: Graph
    /// How its batch-norms were folded.
    public let folding: BatchNormFolding
    /// The network with its batch-norms folded.
    public let dense: Graph
    /// Its groups.
    let coupling: Coupling
    /// What the batch-norms tell.
    let moments: NetworkMoments

    /// Folds batch-norms and finds the groups.
    ///
    /// - Throws: `GraphError` for parameters that are not finite, `CouplingError` for a graph that cannot be understood.
    public init(_ graph: Graph, folding: BatchNormFolding) throws {
        original = graph
        self.folding = folding
        dense = try folding.folded(graph)
        coupling = try Coupling(dense)
        moments = try NetworkMoments(batchNormsOf: graph, foldedInto: dense)
    }

    /// Checks the weights of all groups, before anything is measured that they would spoil.
    ///
    /// - Throws: `GraphError` naming a weight that is not finite.
    func requireFiniteWeights() throws {
        for group in coupling.groups { try group.requireFiniteWeights(in: dense) }
    }

    /// The widths of the groups, by their indices.
    public var groupWidths: [Int] { coupling.groups.map(\.width) }
}
