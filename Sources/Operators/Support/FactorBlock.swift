internal import Graph

/// Axes of an old and of a new shape that hold the same elements in the same order.
struct FactorBlock: Equatable {
    /// Axes of the old shape, ascending.
    var old: [Int]
    /// Axes of the new shape, ascending.
    var new: [Int]

    /// Splits two shapes of the same number of elements into the smallest such blocks.
    ///
    /// Equal leading axes are blocks of their own; after them, axes of length 1 belong to no block.
    static func blocks(old: [Int], new: [Int]) -> [FactorBlock] {
        let prefix = zip(old, new).prefix { $0 == $1 }.count
        var blocks = (0..<prefix).map { FactorBlock(old: [$0], new: [$0]) }
        guard !old.contains(0), !new.contains(0) else { return blocks }
        var oldAxes = old.indices[prefix...].filter { old[$0] > 1 }[...]
        var newAxes = new.indices[prefix...].filter { new[$0] > 1 }[...]
        while let i = oldAxes.popFirst(), let j = newAxes.popFirst() {
            var block = FactorBlock(old: [i], new: [j])
            // The products stay within the number of elements, which was counted before.
            var (left, right) = (old[i], new[j])
            while left != right {
                if left < right, let next = oldAxes.popFirst() {
                    left *= old[next]
                    block.old.append(next)
                } else if right < left, let next = newAxes.popFirst() {
                    right *= new[next]
                    block.new.append(next)
                } else {
                    return blocks
                }
            }
            blocks.append(block)
        }
        return blocks
    }

    /// Links each factor of the block with the lanes that have its value, from the outermost factor inwards.
    ///
    /// Both sides are cut wherever either of them is. Each link holds by itself: the lanes of one value of
    /// one factor can be removed on both sides, whatever the other factors are. Two links together would tie
    /// all lanes of an axis. Empty if the cuts do not divide each other.
    func alternatives(old oldShape: [Int], new newShape: [Int]) -> [AxisLink] {
        let (merged, split) = (old.filter { oldShape[$0] != 1 }, new.filter { newShape[$0] != 1 })
        guard !merged.isEmpty, !split.isEmpty else {
            // Single lanes only.
            guard merged.isEmpty, split.isEmpty, let first = old.first, let second = new.first else {
                return []
            }
            return [.same(.input(0, first), .output(0, second))]
        }
        if merged.count == 1, split.count == 1, oldShape[merged[0]] == newShape[split[0]] {
            return [.same(.input(0, merged[0]), .output(0, split[0]))]
        }
        guard merged.allSatisfy({ oldShape[$0] > 0 }), split.allSatisfy({ newShape[$0] > 0 }),
            let factors = Self.factors(merged.map { oldShape[$0] }, split.map { newShape[$0] })
        else {
            return []
        }
        return factors.compactMap { factor in
            let (first, second) = (merged[factor.old], split[factor.new])
            return factor.link(
                .input(0, first), length: oldShape[first], .output(0, second), length: newShape[second])
        }
    }

    /// One factor that spans lanes on an axis of both sides.
    private struct Factor {
        /// The position of the axis on each side.
        let old: Int
        let new: Int
        let length: Int
        /// The number of consecutive lanes of the axis that one value of the factor spans.
        let oldSpan: Int
        /// The same on the new side.
        let newSpan: Int

        /// Links the lanes of both axes with the same value of the factor.
        func link(
            _ first: AxisReference, length firstLength: Int, _ second: AxisReference, length secondLength: Int
        ) -> AxisLink? {
            if firstLength == length, secondLength == length { return .same(first, second) }
            guard firstLength <= AxisLink.maximumLanes, secondLength <= AxisLink.maximumLanes else {
                return nil
            }
            let (firstSpan, secondSpan) = (oldSpan, newSpan)
            // The first lane of a value represents all of them on the other side.
            let forth = (0..<firstLength).map { (first: $0, second: $0 / firstSpan % length * secondSpan) }
            let back = (0..<secondLength).map { (first: $0 / secondSpan % length * firstSpan, second: $0) }
            return AxisLink(first, second, lanes: secondLength == length ? forth : forth + back)
        }
    }

    /// Cuts two lists of lengths with the same product into common factors; nil if cuts do not divide each
    /// other.
    private static func factors(_ old: [Int], _ new: [Int]) -> [Factor]? {
        var result: [Factor] = []
        var (i, j) = (0, 0)
        var (left, right) = (old[0], new[0])
        while true {
            let length = min(left, right)
            guard left % length == 0, right % length == 0 else { return nil }
            (left, right) = (left / length, right / length)
            if length > 1 {
                result.append(Factor(old: i, new: j, length: length, oldSpan: left, newSpan: right))
            }
            if left == 1 { i += 1 }
            if right == 1 { j += 1 }
            guard i < old.count, j < new.count else { return result }
            if left == 1 { left = old[i] }
            if right == 1 { right = new[j] }
        }
    }
}
