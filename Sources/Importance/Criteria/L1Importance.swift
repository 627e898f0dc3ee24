/// The sum of absolute weights: sum abs(w).
///
/// Source: Li et al., "Pruning filters for efficient convnets", ICLR 2017.
public struct L1Importance: ImportanceCriterion {
    public static let name = "l1"
    public static let summary = "sum of absolute weights (the paper's default)"

    public init(options: ImportanceOptions) {}

    public func memberScores(_ context: ImportanceContext) -> [[Double]] {
        context.mapSlices { slice in slice.reduce(0.0) { $0 + Double($1.magnitude) } }
    }
}
