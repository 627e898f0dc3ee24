package import Graph

extension Coupling {
    /// Returns the lanes of an axis, by their present numbers, with each channel of some groups twice; nil if
    /// the axis has none of them.
    ///
    /// A copy follows its original. Consecutive lanes of one channel, as a flattening makes them, are repeated as a whole.
    /// Where a run's neighbours are shorter or longer, several occurrences of one channel may lie side by side: it is repeated
    /// in blocks of as many lanes as divide all runs of the group on this axis.
    package func doubledLanes(
        _ value: ValueID, axis: Int, length: Int, groups: Set<Int>
    ) -> [Int]? {
        let labels = channels(value, axis: axis, length: length).map { label in
            label.flatMap { groups.contains($0.group) ? $0 : nil }
        }
        var runs: [(lanes: Range<Int>, group: Int?)] = []
        var start = 0
        for lane in 1...max(length, 1) where lane >= length || labels[lane] != labels[start] {
            if length > 0 { runs.append((start..<lane, labels[start]?.group)) }
            start = lane
        }
        let divisors = runs.reduce(into: [Int: Int]()) { found, run in
            guard let group = run.group else { return }
            found[group] = Self.commonDivisor(found[group] ?? 0, run.lanes.count)
        }
        guard !divisors.isEmpty else { return nil }
        return runs.indices.flatMap { index -> [Int] in
            let (lanes, group) = runs[index]
            guard let group, let divisor = divisors[group] else { return Array(lanes) }
            let isRegular = [index - 1, index + 1].contains {
                runs.indices.contains($0) && runs[$0].group == group && runs[$0].lanes.count == lanes.count
            }
            let span = isRegular ? lanes.count : divisor
            return stride(from: lanes.lowerBound, to: lanes.upperBound, by: span).flatMap { first in
                [Int](first..<(first + span)) + [Int](first..<(first + span))
            }
        }
    }

    private static func commonDivisor(_ first: Int, _ second: Int) -> Int {
        var (left, right) = (first, second)
        while right > 0 { (left, right) = (right, left % right) }
        return left
    }
}
