/// Channels go first where that changes the network's own outputs least for what it saves, as measured.
///
/// Each group is narrowed alone and the network run on inputs that its fit did not see. What the layers behind a group make of
/// its errors, and what normalisations and thresholds before the outputs forgive, is in what is measured; predictions of single
/// layers' errors know neither. See `SensitivityAllocation` for how widths follow from errors.
public struct MeasuredAllocation: WidthAllocation {
    public static let name = "measured"
    public static let summary =
        "channels go where the network's outputs, measured with each group narrowed alone, change least for what is saved"
    public static let greatestSparsity = 0.75
    public static let needsErrors = true
    public static let measuresErrors = true

    public init() {}

    public func path(_ problem: AllocationProblem) throws -> WidthPath {
        try SensitivityAllocation().path(problem)
    }
}
