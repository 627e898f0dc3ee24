public import Graph

/// Something that is measured about a whole network on labelled images.
///
/// `NetworkStatistics` measures it once per network, however many groups ask for it.
public protocol NetworkMeasurement: Sendable {
    /// Runs the network and measures.
    init(_ graph: Graph, on images: ScoringImages) throws
}
