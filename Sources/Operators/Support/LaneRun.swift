internal import Graph

/// The positions that a slice takes of one axis.
struct LaneRun: Hashable {
    /// The axis.
    let axis: Int
    /// The distance between positions; negative to go backwards.
    let step: Int
    /// The smallest position taken.
    let lowest: Int
    /// The position after the largest one taken.
    let end: Int
    /// The number of positions taken.
    let count: Int

    /// Resolves requested bounds for a shape, in the order of the request.
    ///
    /// - Throws: `GraphError` for lists of different lengths, axes that do not exist or occur twice, or a
    ///   step of 0.
    static func runs(_ bounds: Slice.Bounds, shape: [Int]) throws(GraphError) -> [LaneRun] {
        let axes = bounds.axes ?? Array(bounds.starts.indices)
        let steps = bounds.steps ?? [Int](repeating: 1, count: bounds.starts.count)
        guard bounds.ends.count == bounds.starts.count, axes.count == bounds.starts.count,
            steps.count == bounds.starts.count
        else {
            throw GraphError(
                "\(bounds.starts.count) starts, \(bounds.ends.count) ends, \(axes.count) axes and \(steps.count) steps do not fit"
            )
        }
        var runs: [LaneRun] = []
        var seen: Set<Int> = []
        for index in axes.indices {
            let axis = try Checked.axis(axes[index], rank: shape.count)
            guard seen.insert(axis).inserted else { throw GraphError("axis \(axis) is sliced twice") }
            guard steps[index] != 0 else { throw GraphError("axis \(axis) is sliced with a step of 0") }
            runs.append(
                LaneRun(
                    axis: axis, start: bounds.starts[index], end: bounds.ends[index], step: steps[index],
                    length: shape[axis]))
        }
        return runs
    }

    private init(axis: Int, start: Int, end: Int, step: Int, length: Int) {
        func clamped(_ bound: Int, _ range: ClosedRange<Int>) -> Int {
            min(max(bound < 0 ? bound + length : bound, range.lowerBound), range.upperBound)
        }
        self.axis = axis
        self.step = step
        if step > 0 {
            let first = clamped(start, 0...length)
            let behind = max(clamped(end, 0...length), first)
            count = (behind - first) / step + ((behind - first) % step == 0 ? 0 : 1)
            lowest = first
            self.end = behind
        } else {
            // Going backwards, the end -1 also takes position 0.
            let first = length == 0 ? -1 : clamped(start, 0...(length - 1))
            let behind = length == 0 ? -1 : clamped(end, -1...(length - 1))
            let distance = UInt(max(first - behind, 0))
            let taken = Int(distance / step.magnitude) + (distance % step.magnitude == 0 ? 0 : 1)
            count = taken
            lowest = taken == 0 ? 0 : first - (taken - 1) * Int(clamping: step.magnitude)
            self.end = taken == 0 ? 0 : first + 1
        }
    }
}
