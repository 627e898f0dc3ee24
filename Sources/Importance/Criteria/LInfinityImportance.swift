/// The largest absolute weight: max abs(w).
public struct LInfinityImportance: ImportanceCriterion {
    public static let name = "l_inf"
    public static let summary = "largest absolute weight"

    public init(options: ImportanceOptions) {}

    public func memberScores(_ context: ImportanceContext) -> [[Double]] {
        context.mapSlices { slice in slice.reduce(0.0) { max($0, Double($1.magnitude)) } }
    }
}
