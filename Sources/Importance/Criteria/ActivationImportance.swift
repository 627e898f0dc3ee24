internal import Coupling
internal import Graph

/// Mean absolute weight times mean absolute input, per consumer.
///
/// For a consumer with weights w whose position p (a channel has several after a flattening) reads x_p:
///
///     score = mean over p of (mean over weights at p of abs(w)) (mean over images and pixels of abs(x_p))
///
/// Producers do not count: their effect is in x. No labels are used.
/// Source: after Sun et al., "A simple and effective pruning approach for large language models" (Wanda), ICLR 2024,
/// whose single weights score abs(w) norm(x); here with means instead of the Euclidean norm, and over slices.
public struct ActivationImportance: ImportanceCriterion {
    public static let name = "activation"
    public static let summary = "mean absolute weight times mean absolute input of the consumers"
    public static let needsImages = true

    public init(options: ImportanceOptions) {}

    public func memberScores(_ context: ImportanceContext) throws -> [[Double]] {
        let inputs = try context.measurement(InputMagnitudes.self, for: Self.self).magnitudes
        let consumers = context.scoredSegments.filter { $0.member.role == .consumer }
        let scores = consumers.compactMap { segment -> [Double]? in
            let member = segment.member
            guard let magnitudes = inputs[MemberReference(member)], magnitudes.count == context.group.width
            else { return nil }
            let shape = context.graph[member.parameter].type.shape
            let inner = shape[(member.axis + 1)...].reduce(1, *)
            let positions = member.positionsPerChannel
            return magnitudes.indices.map { channel in
                let start = channel * context.features.columns + segment.columns.lowerBound
                var sums = [Double](repeating: 0, count: positions)
                for offset in segment.columns.indices.map({ $0 - segment.columns.lowerBound }) {
                    sums[offset / inner % positions] += Double(
                        context.features.values[start + offset].magnitude)
                }
                // Every position has the same number of weights.
                let products = zip(sums, magnitudes[channel]).reduce(0) { $0 + $1.0 * $1.1 }
                return products / Double(segment.columns.count)
            }
        }
        guard !scores.isEmpty else {
            throw ImportanceError(
                "\(Self.name): no consumer reads group \(context.group.index), so there is nothing to measure"
            )
        }
        return scores
    }
}
