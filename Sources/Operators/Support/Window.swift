internal import Graph

/// A window that slides over spatial axes; all lists have one entry per axis.
struct Window: Sendable {
    /// An amount on both sides of an axis.
    typealias Amounts = (before: Int, after: Int)

    /// The number of taps.
    let kernel: [Int]
    /// The step of the window.
    let strides: [Int]
    /// The distance between taps.
    let dilations: [Int]
    /// The padding, if it is not automatic.
    let pads: [Amounts]
    /// How the padding is determined.
    let automatic: WindowAttributes.AutomaticPadding

    /// The number of spatial axes.
    var rank: Int { kernel.count }

    /// The number of taps of the whole window.
    var volume: Int { Checked.saturatingProduct(kernel) }

    /// The extent of a dilated kernel, (kernel - 1) dilation + 1.
    func extent(_ axis: Int) -> Int {
        // Both factors fit 31 bits, as the attributes were checked.
        (kernel[axis] - 1) * dilations[axis] + 1
    }

    /// Returns the padding for an input's lengths.
    func padding(for lengths: [Int]) throws(GraphError) -> [Amounts] {
        switch automatic {
        case .notSet: return pads
        case .valid: return pads.map { _ in (0, 0) }
        case .sameUpper, .sameLower:
            var result: [Amounts] = []
            for (axis, length) in lengths.enumerated() {
                let stride = strides[axis]
                let last = try Checked.product([max(Checked.ceilingQuotient(length, stride) - 1, 0), stride])
                let total = max(try Checked.difference(try Checked.sum(last, extent(axis)), length), 0)
                let less = total / 2
                result.append(automatic == .sameUpper ? (less, total - less) : (total - less, less))
            }
            return result
        }
    }

    /// Returns the number of positions of the window on each axis.
    ///
    /// floor((length + before + after - extent) / stride) + 1. With `ceiling`, a partial last window counts
    /// if it starts before the padding at the end, as in PyTorch and newer versions of the standard.
    /// - Throws: `GraphError` if the window does not fit.
    func outputLengths(for lengths: [Int], ceiling: Bool = false) throws(GraphError) -> [Int] {
        guard lengths.count == rank else {
            throw GraphError("a window over \(rank) axes does not fit \(lengths.count) spatial axes")
        }
        let padding = try padding(for: lengths)
        var result: [Int] = []
        for (axis, length) in lengths.enumerated() {
            let (before, after) = padding[axis]
            let padded = try Checked.sum(length, before, after)
            let room = padded - extent(axis)
            guard room >= 0, length > 0 else {
                throw GraphError(
                    "a window of extent \(extent(axis)) does not fit spatial axis \(axis) of length \(length) padded by \(before) and \(after)"
                )
            }
            let stride = strides[axis]
            guard ceiling else {
                result.append(room / stride + 1)
                continue
            }
            let positions = Checked.ceilingQuotient(room, stride) + 1
            let lastStart = try Checked.product([positions - 1, stride])
            result.append(lastStart >= length + before ? positions - 1 : positions)
        }
        return result
    }
}
