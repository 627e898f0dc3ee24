/// The channels of all groups compete by their scores.
///
/// Of N channels in all, Int(N (1 - sparsity)) are kept: first the best of each group up to its minimum, then
/// the best of all others. Of equal scores, the group that comes first wins.
public struct GlobalAllocation: WidthAllocation {
    public static let name = "global"
    public static let summary = "all channels of all groups compete by their normalised scores"

    public init() {}

    public func path(_ problem: AllocationProblem) -> WidthPath {
        let contest = ScoreContest(problem.groups)
        return WidthPath(problem) { contest.widths($0) }
    }
}
