/// The sum of squared weights: sum w^2 (no root, as in the reference).
public struct L2Importance: ImportanceCriterion {
    public static let name = "l2"
    public static let summary = "sum of squared weights"

    public init(options: ImportanceOptions) {}

    public func memberScores(_ context: ImportanceContext) -> [[Double]] {
        context.mapSlices { slice in slice.reduce(0.0) { $0 + Double($1) * Double($1) } }
    }
}
