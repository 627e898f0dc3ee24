public import Analysis
public import Coupling
public import Graph
public import Torch

/// A group to score, with its network.
public struct ImportanceContext: Sendable {
    /// The group.
    public let group: CoupledGroup
    /// The network, batch-norms folded.
    public let network: AnalysedNetwork
    /// The group's weights, gathered once for scoring and transport.
    public let features: ChannelFeatures
    /// The measurements on images, made once for the whole network.
    public let statistics: NetworkStatistics

    /// Makes a context.
    public init(
        group: CoupledGroup, network: AnalysedNetwork, features: ChannelFeatures,
        statistics: NetworkStatistics = NetworkStatistics()
    ) {
        self.group = group
        self.network = network
        self.features = features
        self.statistics = statistics
    }

    /// The graph of the network.
    public var graph: Graph { network.graph }

    /// Returns a measurement of this network, made on the first request.
    ///
    /// - Parameter criterion: The criterion that asks, for the error message if there are no images.
    public func measurement<Measurement: NetworkMeasurement>(
        _ type: Measurement.Type, for criterion: any ImportanceCriterion.Type
    ) throws -> Measurement {
        try statistics.measurement(type, of: network, for: criterion)
    }

    /// Returns the context with other numbers in place of the weights.
    ///
    /// - Parameter tensors: The numbers by parameter, each of the parameter's shape.
    /// - Throws: `GraphError` naming a parameter with a number that is not finite.
    public func replacingWeights(_ tensors: [ValueID: Tensor]) throws -> ImportanceContext {
        let replaced = try graph.replacing(parameters: tensors)
        return try ImportanceContext(
            group: group, network: network, features: ChannelFeatures(group, in: replaced),
            statistics: statistics)
    }

    /// Which channels are zero in every producer and consumer; none if there are neither.
    package func deadChannels() -> [Bool] {
        let dead = mapSlices { slice in slice.allSatisfy { $0 == 0 } ? 1 : 0 }
        return (0..<group.width).map { channel in
            !dead.isEmpty && dead.allSatisfy { $0[channel] == 1 }
        }
    }

    /// The parts of the features that are scored: those of the producers and consumers.
    var scoredSegments: [ChannelFeatures.Segment] {
        features.segments.filter { $0.member.role == .producer || $0.member.role == .consumer }
    }

    /// Reduces each channel's slice of each scored member to one number.
    ///
    /// - Returns: One list per member, each `[channels]`, as `ImportanceCriterion.memberScores` returns them.
    public func mapSlices(_ reduce: (UnsafeBufferPointer<Float>) -> Double) -> [[Double]] {
        features.values.withUnsafeBufferPointer { values in
            scoredSegments.map { segment in
                (0..<features.rows).map { row in
                    let start = row * features.columns
                    let slice = values[
                        (start + segment.columns.lowerBound)..<(start + segment.columns.upperBound)]
                    return reduce(UnsafeBufferPointer(rebasing: slice))
                }
            }
        }
    }
}
