internal import Coupling
internal import OptimalTransport

/// The distance of a channel from all others: sum over j of the Euclidean distance between the slices of i
/// and j.
///
/// The signs of the weights count. The smallest sum belongs to the channel nearest to the geometric median,
/// which the others can replace best. O(channels^2 weights) per member.
/// Source: He et al., "Filter pruning via geometric median for deep convolutional neural networks acceleration", CVPR 2019.
public struct FPGMImportance: ImportanceCriterion {
    public static let name = "fpgm"
    public static let summary = "sum of distances to all other channels of the group"

    public init(options: ImportanceOptions) {}

    public func memberScores(_ context: ImportanceContext) throws -> [[Double]] {
        let cost = try PNormCost(p: 2)
        return try context.scoredSegments.map { segment in
            let features = context.features
            let values = (0..<features.rows).flatMap { row in
                features.values[(row * features.columns)...][
                    segment.columns.offset(by: row * features.columns)]
            }
            do {
                let distances = try cost.pairwise(
                    FeatureMatrix(rows: features.rows, columns: segment.columns.count, values: values))
                return (0..<features.rows).map { row in
                    (0..<features.rows).reduce(0.0) { $0 + distances[row, $1] }
                }
            } catch let error as TransportError {
                throw ImportanceError(
                    "\(Self.name), group \(context.group.index), \(segment.member.name): \(error)")
            }
        }
    }
}

extension Range<Int> {
    fileprivate func offset(by distance: Int) -> Range<Int> {
        (lowerBound + distance)..<(upperBound + distance)
    }
}
