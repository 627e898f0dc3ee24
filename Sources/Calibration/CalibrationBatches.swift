internal import Graph
internal import Torch

/// How calibration inputs are divided into batches.
struct CalibrationBatches: Sendable {
    /// The number of samples.
    let samples: Int
    /// The number of samples per batch.
    let size: Int
    private let dropsRest: Bool

    private static let greatestSize = 32
    /// The largest batch if an input is a single number for all samples, which varies only from batch to batch.
    private static let greatestSizeWithScalars = 4
    /// The most bytes that a batch's largest activation should take.
    private static let activationBytes = 64 << 20

    /// Divides samples for a network.
    ///
    /// - Parameter fixedSize: The number of samples that the network takes at a time; samples that do not fill a batch
    ///   are dropped.
    /// - Throws: `CalibrationError` if they do not fill one batch.
    init(_ samples: Int, for graph: Graph, fixedSize: Int?) throws {
        self.samples = samples
        dropsRest = fixedSize != nil
        if let fixedSize {
            guard samples >= fixedSize else {
                throw CalibrationError(
                    "the network takes \(fixedSize) samples at a time, calibration has \(samples)")
            }
            size = fixedSize
            return
        }
        let traced = max(graph.inputs.first.flatMap { graph[$0].type.shape.first } ?? 1, 1)
        let largest =
            graph.nodeIDs.flatMap { graph[$0].outputs }
            .map {
                (graph[$0].type.count ?? 0).multipliedReportingOverflow(by: graph[$0].type.element.byteCount)
            }
            .map { $0.overflow ? Int.max : $0.partialValue }.max() ?? 1
        let greatest =
            graph.inputs.contains { graph[$0].type.shape.isEmpty }
            ? Self.greatestSizeWithScalars : Self.greatestSize
        size =
            graph.countsSamples
            ? min(max(Self.activationBytes / max(largest / traced, 1), 1), greatest) : 1
    }

    /// The number of batches.
    var count: Int { dropsRest ? samples / size : (samples + size - 1) / size }

    /// The positions of a batch's samples.
    subscript(index: Int) -> Range<Int> { index * size..<min((index + 1) * size, samples) }
}
