internal import Analysis
public import Calibration
public import Evaluation
internal import Datasets
internal import Graph
internal import Torch

extension Pruner {
    /// Samples on which networks are compared: at most so many, and no more than so many multiply-accumulates and bytes.
    private static let mostSamples = 64
    private static let leastSamples = 8
    private static let mostWork = 100_000_000_000
    private static let mostBytes = 128 << 20

    /// Compares a result with the network that it was made of, on inputs that nothing was fitted on.
    ///
    /// These are given inputs that calibration left aside; where it had none, crops of photographs that no layer is fitted on
    /// for a network that takes images, and else inputs that are made up.
    /// - Returns: The comparison and where the inputs come from; nil where no input was left aside or can be made up, or where
    ///   the network cannot be run on what is made up.
    /// - Throws: `EvaluationError` where the networks do not give the same outputs.
    public func fidelity(of result: PruningResult) throws -> PruningResult.Judgement? {
        var request =
            if let asked = options.calibration, [.images, .photographs].contains(asked.source) {
                asked
            } else {
                // Another seed makes other inputs than those of the fit.
                try CalibrationRequest(
                    source: Photographs.size(for: network.graph) == nil ? .synthetic : .photographs,
                    seed: (options.calibration?.seed ?? options.scoring.seed) &+ 1)
            }
        request.fixedBatchSize = preparation.samplesAtOnce
        let batches: [[Tensor]]
        do {
            batches = try request.leftAside(
                samplesToCompare, for: network, of: preparation.calibrationImages)
        } catch is CalibrationError {
            return nil
        }
        guard !batches.isEmpty else { return nil }
        do {
            return PruningResult.Judgement(
                inputs: request.source,
                fidelity: try Fidelity(of: result.graph, to: result.dense, on: batches, device: device))
        } catch let error as GraphError where request.source != .images {
            // Inputs that are made up need not fit: an index may lie outside of what it chooses from.
            guard let first = batches.first, (try? Executor(result.dense, device: device).run(first)) == nil
            else { throw error }
            return nil
        }
    }

    private var samplesToCompare: Int {
        let graph = network.graph
        let work = max(NetworkCost(of: graph).multiplyAccumulates, 1)
        let bytes = graph.inputs.reduce(0) { sum, id in
            let type = graph[id].type
            return sum + (type.count ?? 0) / max(type.shape.first ?? 1, 1) * type.element.byteCount
        }
        let affordable = min(Self.mostWork / work, Self.mostBytes / max(bytes, 1))
        return max(
            min(max(affordable, Self.leastSamples), Self.mostSamples), preparation.samplesAtOnce ?? 1)
    }
}

extension PruningResult {
    /// How a result compares with the network it was made of.
    public struct Judgement: Sendable, Codable, Equatable {
        /// Where the inputs come from: given ones that calibration left aside, or made-up ones.
        public let inputs: Calibration.Origin
        /// The comparison.
        public let fidelity: Fidelity
    }
}
