internal import Analysis
internal import Calibration
internal import Datasets
internal import Evaluation
internal import Foundation
internal import Graph
internal import Torch

/// Compares results with the network they were made from, on held-out inputs.
struct PruningJudge {
    /// The limits on samples for the comparison, and on their multiply-accumulates and bytes.
    private static let mostSamples = 64
    private static let leastSamples = 8
    private static let mostWork = 100_000_000_000
    private static let mostBytes = 128 << 20

    /// The network before compression, batch-norms folded.
    let network: AnalysedNetwork
    /// The options with every default resolved.
    let options: PruningOptions
    let calibrationImages: (any CalibrationInputs)?
    let samplesAtOnce: Int?
    let device: Device

    /// The longest side to which pictures of inputs are scaled down.
    private static let longestSide = 256

    /// Compares a result with the network.
    ///
    /// - Parameter most: The largest number of inputs whose answers changed most to return.
    /// - Returns: nil if no inputs were held out or can be generated.
    func comparison(of result: PruningResult, most: Int) throws -> AnswerComparison? {
        var request =
            if let asked = options.calibration, [.images, .photographs].contains(asked.source) {
                asked
            } else {
                // Another seed gives other inputs than those of the fit.
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
            var changes: [AnswerChange] = []
            let fidelity = try Fidelity(
                of: result.graph, to: result.dense, on: batches, device: device,
                each: most > 0 ? { changes += $0 } : nil)
            let greatest = changes.filter { $0.kept < 1 || $0.divergence > 0 }
                .sorted { ($0.kept, -$0.divergence, $0.sample) < ($1.kept, -$1.divergence, $1.sample) }
                .prefix(most)
            return AnswerComparison(
                judgement: PruningResult.Judgement(inputs: request.source, fidelity: fidelity),
                changes: Array(greatest),
                pictures: try greatest.map { try picture($0.sample, of: batches, request.normalisation) })
        } catch let error as GraphError where request.source != .images {
            // Synthetic inputs need not fit: an index may be out of range.
            guard let first = batches.first, (try? Executor(result.dense, device: device).run(first)) == nil
            else { throw error }
            return nil
        }
    }

    /// Returns an input as a PNG file; nil if it is not a picture.
    private func picture(
        _ sample: Int, of batches: [[Tensor]], _ normalisation: Normalisation?
    ) throws -> Data? {
        guard let size = Photographs.size(for: network.graph) else { return nil }
        var first = 0
        for batch in batches {
            guard let input = batch.first, let count = input.shape.first else { return nil }
            if sample < first + count {
                let one = try input.sliced(axis: 0, sample - first..<sample - first + 1)
                return try Picture(values: one.floats(), size: size, normalisation: normalisation)?
                    .png(longest: Self.longestSide)
            }
            first += count
        }
        return nil
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
