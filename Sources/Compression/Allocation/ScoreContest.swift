/// Channels of several groups that are ranked by their scores.
struct ScoreContest: Sendable {
    private let least: [Int]
    private let originalTotal: Int
    /// The positions of the groups whose channels are not safe, best channel first.
    private let ranking: [Int]

    /// Ranks the channels, in O(N log N).
    init(_ groups: [AllocationProblem.Group]) {
        least = groups.map(\.least)
        originalTotal = groups.reduce(0) { $0 + $1.originalWidth }
        var candidates: [(score: Double, group: Int)] = []
        for (position, group) in groups.enumerated() {
            let scores = group.scores.sorted(by: >).dropFirst(group.least)
            candidates += scores.map { ($0, position) }
        }
        // Sorting is stable: of equal scores, the group that comes first wins.
        ranking = candidates.sorted { $0.score > $1.score }.map(\.group)
    }

    /// Returns how many channels each group keeps when a share of all is removed.
    func widths(_ sparsity: Double) -> [Int] {
        let kept = Int(Double(originalTotal) * (1 - sparsity))
        var widths = least
        for group in ranking.prefix(max(0, kept - least.reduce(0, +))) { widths[group] += 1 }
        return widths
    }
}
