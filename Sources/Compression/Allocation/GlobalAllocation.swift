/// The channels of all groups compete by their scores.
///
/// Of N channels in all, Int(N (1 - sparsity)) stay: in each group the best as many as it must keep, then the
/// best of all others. Equal scores prefer the group that comes first.
public struct GlobalAllocation: WidthAllocation {
    public static let name = "global"
    public static let summary = "all channels of all groups compete by their normalised scores"

    public init() {}

    public func path(_ problem: AllocationProblem) -> WidthPath {
        let contest = ScoreContest(problem.groups)
        return WidthPath(problem) { contest.widths($0) }
    }
}
