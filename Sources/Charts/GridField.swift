/// Numbers at the nodes of a grid of rectangles.
package struct GridField: Sendable, Equatable {
    /// Where the columns are, ascending.
    package let xs: [Double]
    /// Where the rows are, ascending.
    package let ys: [Double]
    /// The numbers, row after row: that of column i and row j is `values[j * xs.count + i]`.
    package let values: [Double]

    /// Makes a field.
    ///
    /// - Throws: `ChartError` where the parts do not fit each other, or a number is not finite.
    package init(xs: [Double], ys: [Double], values: [Double]) throws {
        guard xs.count > 1, ys.count > 1, values.count == xs.count * ys.count else {
            throw ChartError(
                "a field of \(xs.count) x \(ys.count) nodes, at least 2 x 2, got \(values.count) numbers")
        }
        guard Self.ascend(xs), Self.ascend(ys), values.allSatisfy(\.isFinite) else {
            throw ChartError("a field has coordinates that do not ascend, or numbers that are not finite")
        }
        (self.xs, self.ys, self.values) = (xs, ys, values)
    }

    private static func ascend(_ values: [Double]) -> Bool {
        values.allSatisfy(\.isFinite) && zip(values, values.dropFirst()).allSatisfy { $0 < $1 }
    }

    /// Returns the number at a node.
    package subscript(column: Int, row: Int) -> Double { values[row * xs.count + column] }
}
