internal import Compression
internal import Graph
internal import Moments

extension MissingMoments {
    /// How many inputs are made up.
    private static let samples = 64

    /// Returns what is known of a network's activations with what stands in for the rest.
    ///
    /// - Parameters:
    ///   - moments: What is known.
    ///   - graph: The network, batch-norms folded.
    ///   - samplesAtOnce: How many samples the network takes at a time; nil is any number.
    ///   - seed: The seed of made-up inputs.
    /// - Throws: `PruningError` naming an input for which nothing can be made up.
    func completing(
        _ moments: NetworkMoments, of graph: Graph, samplesAtOnce: Int?, seed: UInt64
    ) throws -> NetworkMoments {
        switch self {
        case .weights: return moments
        case .propagation: return try moments.propagating(through: graph)
        case .synthetic:
            let batches = try CalibrationBatches(
                max(Self.samples, samplesAtOnce ?? 1), for: graph, fixedSize: samplesAtOnce)
            let maker = try SyntheticInputs(for: graph, batches: batches, seed: seed)
            let inputs = Calibration(images: batches.count) { try maker.batch($0) }
            return try moments.measuringProducers(inputs, of: graph)
        }
    }
}
