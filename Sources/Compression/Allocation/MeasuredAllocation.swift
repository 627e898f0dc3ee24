/// Prunes first where the measured outputs of the network change least for what is saved.
///
/// Each group is narrowed alone, and the network runs on held-out inputs. Unlike predictions of single
/// layers' errors, the measurement includes how later layers change the errors, and what normalisations and
/// thresholds before the outputs forgive. See `SensitivityAllocation` for how widths follow from errors.
public struct MeasuredAllocation: WidthAllocation {
    public static let name = "measured"
    public static let summary =
        "prune where the network's outputs change least for what is saved, measured one group at a time"
    public static let greatestSparsity = 0.75
    public static let needsErrors = true
    public static let measuresErrors = true

    public init() {}

    public func path(_ problem: AllocationProblem) throws -> WidthPath {
        try SensitivityAllocation().path(problem)
    }
}
