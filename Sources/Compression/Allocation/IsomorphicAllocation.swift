/// Groups of equal structure compete among themselves, and every structure loses the same share.
///
/// Scores of layers that are built alike are comparable; other scores often are not.
/// Source: Fang et al., "Isomorphic pruning for vision models", ECCV 2024.
public struct IsomorphicAllocation: WidthAllocation {
    public static let name = "isomorphic"
    public static let summary = "groups of equal structure compete among themselves"

    public init() {}

    public func path(_ problem: AllocationProblem) -> WidthPath {
        let classes = Dictionary(grouping: problem.groups.indices) { problem.groups[$0].structure }
        let contests = classes.values.map { positions in
            (positions: positions, contest: ScoreContest(positions.map { problem.groups[$0] }))
        }
        return WidthPath(problem) { share in
            var widths = problem.groups.map(\.width)
            for (positions, contest) in contests {
                for (position, width) in zip(positions, contest.widths(share)) { widths[position] = width }
            }
            return widths
        }
    }
}
