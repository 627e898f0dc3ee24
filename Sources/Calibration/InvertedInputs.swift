internal import Analysis
internal import Compression
internal import Graph
internal import Torch

/// Made-up inputs of a network, changed until its activations have the moments that its batch-norms tell.
///
/// Images of three channels are there as they are and mirrored.
struct InvertedInputs {
    /// The batches.
    let batches: [[Tensor]]
    /// How often the inputs are changed.
    private static let steps = 100
    /// All of them are kept in memory, where they may take up so many bytes.
    private static let greatestSize = 16 << 30

    /// Makes them, which takes as long as it takes to train on the same number of images for that many epochs.
    ///
    /// - Throws: `CalibrationError` for a network of which no batch-norm tells anything, or that has other inputs than one of numbers, and for more
    ///   inputs than fit into memory.
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
        let most = Self.greatestSize / max(sampleSize, 1)
        guard batches.samples <= most else {
            throw CalibrationError(
                "\(batches.samples) inverted inputs are too many to keep in memory: this network allows at most \(most)"
            )
        }
        let maker = try SyntheticInputs(for: graph, batches: batches, seed: seed)
        // As many batches as possible are changed together.
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
        // Colours are those of photographs, whose mirror images could be photographs too.
        let isPhotograph = type.shape.count == 4 && type.shape[1] == 3
        self.batches =
            isPhotograph
            ? try result + result.map { try $0.map { try $0.flipped(axes: [$0.rank - 1]) } } : result
    }
}
