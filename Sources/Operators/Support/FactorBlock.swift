internal import Graph

/// Axes of an old and of a new shape that hold the same elements in the same order.
struct FactorBlock: Equatable {
    /// Axes of the old shape, ascending.
    var old: [Int]
    /// Axes of the new shape, ascending.
    var new: [Int]

    /// Splits two shapes of the same number of elements into the smallest such blocks.
    ///
    /// Equal leading axes are blocks of their own; behind them, axes of length 1 belong to no block.
    static func blocks(old: [Int], new: [Int]) -> [FactorBlock] {
        let prefix = zip(old, new).prefix { $0 == $1 }.count
        var blocks = (0..<prefix).map { FactorBlock(old: [$0], new: [$0]) }
        guard !old[prefix...].contains(0), !new[prefix...].contains(0) else { return blocks }
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

    /// Links the outermost factor longer than 1 with the lanes that it spans.
    ///
    /// Returns nil for a block that both merges and splits: there no factor spans whole lanes on the other side.
    func link(old oldShape: [Int], new newShape: [Int]) -> AxisLink? {
        let merged = old.filter { oldShape[$0] != 1 }
        let split = new.filter { newShape[$0] != 1 }
        guard let first = merged.first, let second = split.first else {
            // Nothing but single lanes.
            guard merged.isEmpty, split.isEmpty, let first = old.first, let second = new.first else {
                return nil
            }
            return .same(.input(0, first), .output(0, second))
        }
        let (before, after) = (oldShape[first], newShape[second])
        if split.count == 1, before > 0, after % before == 0 {
            return .repeated(.output(0, second), .input(0, first), count: before, times: after / before)
        }
        if merged.count == 1, after > 0, before % after == 0 {
            return .repeated(.input(0, first), .output(0, second), count: after, times: before / after)
        }
        return nil
    }
}
