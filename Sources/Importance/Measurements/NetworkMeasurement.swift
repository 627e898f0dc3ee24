public import Analysis

/// A measurement of a whole network on labelled images.
///
/// `NetworkStatistics` measures it once per network, however many groups ask for it.
public protocol NetworkMeasurement: Sendable {
    /// Runs the network and measures.
    init(_ network: AnalysedNetwork, on images: ScoringImages) throws
}
