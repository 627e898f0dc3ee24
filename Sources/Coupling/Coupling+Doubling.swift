package import Graph

extension Coupling {
    /// Returns the lanes of an axis, by their present numbers, with each channel of some groups twice; nil if
    /// the axis has none of them.
    ///
    /// A copy follows its original. Consecutive lanes of one channel, as a flattening makes them, are
    /// repeated as a whole: as many as divide all runs of the group on this axis.
    package func doubledLanes(
        _ value: ValueID, axis: Int, length: Int, groups: Set<Int>
    ) -> [Int]? {
        let labels = channels(value, axis: axis, length: length).map { label in
            label.flatMap { groups.contains($0.group) ? $0 : nil }
        }
        var spans: [Int: Int] = [:]
        var start = 0
        for lane in 1...max(length, 1) where lane >= length || labels[lane] != labels[start] {
            if length > 0, let label = labels[start] {
                spans[label.group] = Self.commonDivisor(spans[label.group] ?? 0, lane - start)
            }
            start = lane
        }
        guard !spans.isEmpty else { return nil }
        var result: [Int] = []
        var lane = 0
        while lane < length {
            let span = labels[lane].flatMap { spans[$0.group] }
            let block = lane..<(lane + (span ?? 1))
            result += block
            if span != nil { result += block }
            lane = block.upperBound
        }
        return result
    }

    private static func commonDivisor(_ first: Int, _ second: Int) -> Int {
        var (left, right) = (first, second)
        while right > 0 { (left, right) = (right, left % right) }
        return left
    }
}
