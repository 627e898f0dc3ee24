internal import Analysis
internal import Compression
internal import Graph
internal import Torch

/// Synthetic inputs of a network, optimised until its activations have the moments that its batch-norms hold.
///
/// Images of three channels are included a second time, mirrored.
struct InvertedInputs {
    /// The batches.
    let batches: [[Tensor]]
    /// The number of optimisation steps.
    private static let steps = 100
    /// The most bytes of inputs; all of them are kept in memory.
    private static let greatestSize = 16 << 30

    /// Makes the inputs, which takes as long as training for that many epochs on the same number of images.
    ///
    /// - Throws: `CalibrationError` if the network has no batch-norm statistics or not exactly one input, of
    ///   single-precision numbers, or if the inputs do not fit into memory.
    init(
        for graph: Graph, moments: NetworkMoments, batches: CalibrationBatches, seed: UInt64,
        report: (String, Double) throws -> Void
    ) throws {
        guard let inversion = try NetworkInversion(graph, moments) else {
            throw CalibrationError(
                "the network cannot be inverted: it must have one input, of single-precision numbers, and batch-norms; --calibrate synthetic needs neither"
            )
        }
        let type = graph[graph.inputs[0]].type
        let sampleSize = (type.count ?? 0) / max(type.shape.first ?? 1, 1) * type.element.byteCount
        // Three channels mean photographs, whose mirror images are plausible too.
        let isPhotograph = type.shape.count == 4 && type.shape[1] == 3
        let most = Self.greatestSize / max((isPhotograph ? 2 : 1) * sampleSize, 1)
        guard batches.samples <= most else {
            throw CalibrationError(
                "\(batches.samples) inverted inputs are too many to keep in memory: this network allows at most \(most)"
            )
        }
        let maker = try SyntheticInputs(for: graph, batches: batches, seed: seed)
        // As many batches as possible are optimised together.
        let together = max(inversion.batchSize / max(batches.size, 1), 1)
        var result: [[Tensor]] = []
        for first in stride(from: 0, to: batches.count, by: together) {
            let part = try (first..<min(first + together, batches.count)).map { try maker.batch($0)[0] }
            let inputs = try inversion.inputs(
                from: .concatenated(part, axis: 0), steps: Self.steps
            ) { share in
                try report(
                    "inverting the network",
                    (Double(first) + share * Double(part.count)) / Double(batches.count))
            }
            var start = 0
            for batch in part {
                let end = start + batch.shape[0]
                result.append([try inputs.sliced(axis: 0, start..<end)])
                start = end
            }
        }
        self.batches =
            isPhotograph
            ? try result + result.map { try $0.map { try $0.flipped(axes: [$0.rank - 1]) } } : result
    }
}
