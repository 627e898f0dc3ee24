/// The costs of an assignment, row by row.
///
/// Rows of the cost matrix are used directly if all of its columns take part.
struct AssignmentCosts {
    /// The number of rows.
    let rows: Int
    /// The number of columns.
    let columns: Int
    private let values: [Double]
    private let starts: [Int]

    /// Prepares the costs between the sources and targets that take part; with `isExchanged` targets are rows.
    init(_ cost: CostMatrix, _ masses: IntegerMasses, isExchanged: Bool) {
        let (sources, targets) = (masses.sources, masses.targets)
        rows = isExchanged ? targets.count : sources.count
        columns = isExchanged ? sources.count : targets.count
        if !isExchanged, targets.count == cost.columns {
            values = cost.values
            starts = sources.map { $0 * cost.columns }
            return
        }
        let (rows, columns) = (rows, columns)
        values = [Double](unsafeUninitializedCapacity: rows * columns) { buffer, initialised in
            for (source, row) in sources.enumerated() {
                for (target, column) in targets.enumerated() {
                    buffer.initializeElement(
                        at: isExchanged ? target * columns + source : source * columns + target,
                        to: cost.values[row * cost.columns + column])
                }
            }
            initialised = rows * columns
        }
        starts = (0..<rows).map { $0 * columns }
    }

    /// Yields the costs of one row after the other.
    func withRows<Result>(_ body: (Rows) -> Result) -> Result {
        values.withUnsafeBufferPointer { values in
            starts.withUnsafeBufferPointer { starts in
                body(Rows(values: values, starts: starts, columns: columns))
            }
        }
    }

    /// The rows of the costs.
    struct Rows {
        fileprivate let values: UnsafeBufferPointer<Double>
        fileprivate let starts: UnsafeBufferPointer<Int>
        fileprivate let columns: Int

        /// The costs of a row.
        @inline(__always)
        subscript(row: Int) -> UnsafeBufferPointer<Double> {
            UnsafeBufferPointer(rebasing: values[starts[row]..<starts[row] + columns])
        }
    }
}
