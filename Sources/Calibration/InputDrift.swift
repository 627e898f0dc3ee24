public import Analysis
internal import Graph
internal import Torch

/// How far activations on calibration inputs are from the running statistics of a network's batch-norms.
///
/// Inputs that are not normalised as in training, or of another kind, fit layers to what they will never see.
public struct InputDrift: Sendable, Codable, Equatable {
    /// The value compared: the first that a batch-norm describes.
    public let value: String
    /// `sqrt(sum_c (m_c - mu_c)^2 / sum_c sigma_c^2)` for measured means m, and the batch-norm's means mu and
    /// deviations sigma.
    public let shift: Double
    /// `sqrt(sum_c s_c^2 / sum_c sigma_c^2)` for measured deviations s.
    public let spread: Double

    /// Images of the right kind stay far from these limits: CIFAR-10 has a shift of 0.1 and a spread of 0.8, because
    /// training images are cropped from black borders.
    private static let greatestShift = 1.0
    private static let plausibleSpreads = 0.4...2.5

    /// Whether the network was probably not trained on inputs like these.
    public var isSuspicious: Bool {
        shift > Self.greatestShift || !Self.plausibleSpreads.contains(spread)
    }

    /// Compares activations on inputs with a batch-norm's statistics.
    ///
    /// - Parameters:
    ///   - calibration: The inputs.
    ///   - network: The network, batch-norms folded.
    /// - Returns: nil if no batch-norm's statistics are known.
    public init?(of calibration: Calibration, in network: AnalysedNetwork) throws {
        let (graph, moments) = (network.graph, try network.moments())
        let first = graph.nodeIDs.lazy.compactMap { id in
            graph[id].outputs.first.flatMap { output -> (NodeID, ValueID, NetworkMoments.Channels)? in
                guard let told = moments.channels[graph[output].name], told.source == .batchNorm,
                    graph[output].type.shape.count > 1,
                    graph[output].type.shape[1] == told.mean.count
                else { return nil }
                return (id, output, told)
            }
        }.first
        guard let (node, output, told) = first else { return nil }
        var found = ChannelStatistics(lanes: told.mean.count, axis: 1)
        let walk = CalibrationWalk(network, calibration)
        for id in graph.nodeIDs where id.number <= node.number { walk.pass(id) }
        try walk.run { value, _, tensor in
            if value == output { try found.add(tensor) }
        }
        func sum(_ values: some Sequence<Double>) -> Double { values.reduce(0) { $0 + $1 * $1 } }
        let variance = sum(told.deviation)
        guard variance > 0 else { return nil }
        value = graph[output].name
        shift = (sum(zip(found.mean, told.mean).map { $0 - $1 }) / variance).squareRoot()
        spread = (sum(found.deviation) / variance).squareRoot()
    }
}
