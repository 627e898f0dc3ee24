internal import Graph

/// A pooling of one input.
struct PoolingPlan {
    /// The window.
    let window: Window
    /// The input's spatial lengths.
    let lengths: [Int]
    /// The declared padding.
    let padding: [Window.Amounts]
    /// The output's spatial lengths.
    let outputs: [Int]

    /// The padding, if libtorch can apply it itself: the same on both sides and at most half the kernel.
    var symmetricPadding: [Int]? {
        let isSimple = zip(padding, window.kernel).allSatisfy {
            $0.before == $0.after && 2 * $0.before <= $1
        }
        return isSimple ? padding.map(\.before) : nil
    }

    /// The padding of every axis with which all windows, partial ones included, fit, with or without a rest.
    func amounts() throws(GraphError) -> [Window.Amounts] {
        var result: [Window.Amounts] = [(0, 0), (0, 0)]
        for axis in outputs.indices { result.append((padding[axis].before, try overhang(axis))) }
        return result
    }

    /// Returns how far the last window reaches beyond the input.
    private func overhang(_ axis: Int) throws(GraphError) -> Int {
        let lastStart = try Checked.product([outputs[axis] - 1, window.strides[axis]])
        let end = try Checked.sum(lastStart, window.extent(axis))
        // Neither term is negative.
        return max(end - lengths[axis] - padding[axis].before, 0)
    }

    /// Returns the lengths of the area that counts for a mean, and its padding up to `amounts`.
    ///
    /// The part of a window that sticks out of the declared padding never counts.
    func countedAmounts(countsPadding: Bool) throws(GraphError) -> (lengths: [Int], amounts: [Window.Amounts])
    {
        var counted: [Int] = []
        var rest: [Window.Amounts] = []
        for axis in lengths.indices {
            let (before, after) = padding[axis]
            let behind = try overhang(axis)
            counted.append(countsPadding ? lengths[axis] + before + min(after, behind) : lengths[axis])
            rest.append(countsPadding ? (0, max(behind - after, 0)) : (before, behind))
        }
        return (counted, rest)
    }
}
