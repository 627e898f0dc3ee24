/// The cost of moving one unit of mass from each source to each target, `[sources, targets]`.
///
/// Entries are finite; they may be negative, since only differences matter to a transport plan.
public struct CostMatrix: Sendable, Equatable {
    /// The number n of sources.
    public let rows: Int
    /// The number m of targets.
    public let columns: Int
    /// The costs in row-major order, `rows * columns` of them.
    public let values: [Double]

    /// Creates a cost matrix from its entries in row-major order.
    ///
    /// - Throws: `TransportError` if the shape is empty, the count is not `rows * columns`, or an entry is
    ///   NaN or infinite.
    public init(rows: Int, columns: Int, values: [Double]) throws {
        try MatrixShape.check("cost matrix", rows: rows, columns: columns, count: values.count)
        // The product with zero is NaN exactly for entries that are not finite.
        let sum = values.reduce(into: 0.0) { $0 += $1 * 0 }
        if sum.isNaN, let position = values.firstIndex(where: { !$0.isFinite }) {
            throw TransportError.nonFiniteEntry(
                what: "costs", row: position / columns, column: position % columns, value: values[position])
        }
        self.init(unchecked: values, rows: rows, columns: columns)
    }

    /// Wraps entries that are known to be finite and of the right number.
    init(unchecked values: [Double], rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    /// The cost from source `row` to target `column`.
    public subscript(row: Int, column: Int) -> Double {
        values[row * columns + column]
    }

    /// The largest absolute entry, the scale against which errors of costs are measured.
    public var largestMagnitude: Double {
        values.reduce(0) { max($0, $1.magnitude) }
    }

    /// Returns the matrix whose column j is this matrix's column `selected[j]`.
    ///
    /// With the symmetric matrix of all distances within one group, the columns of the kept channels are
    /// the cost matrix of that selection: one matrix serves a whole sweep of sparsities.
    ///
    /// - Throws: `TransportError` if the selection is empty or an index is out of range.
    public func selectingColumns(_ selected: [Int]) throws -> CostMatrix {
        try MatrixShape.check("selected columns", indices: selected, below: columns)
        let count = try MatrixShape.elementCount(of: "cost matrix", rows: rows, columns: selected.count)
        let selection = [Double](unsafeUninitializedCapacity: count) { buffer, initialised in
            for row in 0..<rows {
                let source = row * columns
                let target = row * selected.count
                for (position, column) in selected.enumerated() {
                    buffer.initializeElement(at: target + position, to: values[source + column])
                }
            }
            initialised = count
        }
        return CostMatrix(unchecked: selection, rows: rows, columns: selected.count)
    }
}
