/// Prunes first where the network's outputs, as measured, change least for what is saved.
///
/// Each group is narrowed alone and the network run on inputs that its fit did not see. The measurement
/// includes what later layers make of the errors and what normalisations and thresholds before the outputs
/// forgive; predictions of single layers' errors include neither. See `SensitivityAllocation` for how widths
/// follow from errors.
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
