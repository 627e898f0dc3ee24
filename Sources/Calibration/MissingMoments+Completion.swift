package import Analysis
package import Compression
internal import Graph
internal import Torch

extension MissingMoments {
    /// The allowed numbers of synthetic inputs.
    private static let samples = 8...64
    /// The most multiply-accumulates for more than the fewest inputs.
    private static let cost = 4e11

    /// Returns the source for a network, with `automatic` resolved.
    ///
    /// Synthetic tokens are not text, and activations on them reveal nothing. Images of discs and boxes are closer to
    /// photographs.
    /// - Parameters:
    ///   - network: The network.
    ///   - rule: The merge rule.
    package func resolved(for network: AnalysedNetwork, rule: any MergeRule) throws -> MissingMoments {
        guard self == .automatic else { return self }
        let graph = network.graph
        guard type(of: rule).usesMoments, try network.lacksProducers(),
            graph.inputs.allSatisfy({ graph[$0].type.element.isFloatingPoint })
        else { return .weights }
        // Inputs of open lengths cannot be generated.
        return graph.inputs.allSatisfy({ graph[$0].type.shape.allSatisfy { $0 > 0 } }) ? .synthetic : .weights
    }

    /// Returns the known moments of a network's activations, completed from this source.
    ///
    /// - Parameters:
    ///   - network: The network, batch-norms folded.
    ///   - samplesAtOnce: The number of samples that the network takes at a time; nil is any.
    ///   - seed: The seed of synthetic inputs.
    /// - Throws: `CalibrationError` naming an input that cannot be generated.
    package func completing(
        _ network: AnalysedNetwork, samplesAtOnce: Int?, seed: UInt64
    ) throws -> NetworkMoments {
        let (graph, moments) = (network.graph, try network.moments())
        switch self {
        case .automatic, .weights: return moments
        case .propagation: return try PropagatedMoments(of: network).moments(adding: moments)
        case .synthetic:
            let affordable = Self.cost / Double(max(NetworkCost(of: graph).multiplyAccumulates, 1))
            let samples = min(
                max(Int(min(affordable, 1e6)), Self.samples.lowerBound), Self.samples.upperBound)
            let batches = try CalibrationBatches(
                max(samples, samplesAtOnce ?? 1), for: graph, fixedSize: samplesAtOnce)
            let maker = try SyntheticInputs(for: graph, batches: batches, seed: seed)
            let inputs = Calibration(images: batches.count) { try maker.batch($0) }
            return try MeasuredProducers(on: inputs, of: network).moments(adding: moments)
        }
    }
}
