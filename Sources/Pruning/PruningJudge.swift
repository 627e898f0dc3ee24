internal import Analysis
internal import Calibration
internal import Datasets
internal import Evaluation
internal import Graph
internal import Torch

/// Compares results with the network that they were made of, on inputs that no fit has seen.
struct PruningJudge {
    /// Samples on which networks are compared: at most so many, and no more than so many multiply-accumulates and bytes.
    private static let mostSamples = 64
    private static let leastSamples = 8
    private static let mostWork = 100_000_000_000
    private static let mostBytes = 128 << 20

    /// The network before, batch-norms folded.
    let network: AnalysedNetwork
    /// What was asked for, with every default resolved.
    let options: PruningOptions
    let calibrationImages: (any CalibrationInputs)?
    let samplesAtOnce: Int?
    let device: Device

    func judgement(of result: PruningResult) throws -> PruningResult.Judgement? {
        var request =
            if let asked = options.calibration, [.images, .photographs].contains(asked.source) {
                asked
            } else {
                // Another seed makes other inputs than those of the fit.
                try CalibrationRequest(
                    source: Photographs.size(for: network.graph) == nil ? .synthetic : .photographs,
                    seed: (options.calibration?.seed ?? options.scoring.seed) &+ 1)
            }
        request.fixedBatchSize = samplesAtOnce
        let batches: [[Tensor]]
        do {
            batches = try request.leftAside(samplesToCompare, for: network, of: calibrationImages)
        } catch is CalibrationError {
            return nil
        }
        guard !batches.isEmpty else { return nil }
        do {
            return PruningResult.Judgement(
                inputs: request.source,
                fidelity: try Fidelity(of: result.graph, to: result.dense, on: batches, device: device))
        } catch let error as GraphError where request.source != .images {
            // Synthetic inputs need not fit: an index may lie outside of what it chooses from.
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
        return max(min(max(affordable, Self.leastSamples), Self.mostSamples), samplesAtOnce ?? 1)
    }
}
