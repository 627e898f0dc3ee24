/// A matrix of which only the listed entries are stored.
///
/// Invariant: the entries ascend strictly by row, then by column, lie inside the shape and are finite.
public struct SparseMatrix: Sendable, Equatable {
    /// One stored entry.
    public struct Entry: Sendable, Equatable {
        /// The row, counted from zero.
        public let row: Int
        /// The column, counted from zero.
        public let column: Int
        /// The value at that place.
        public let value: Double

        /// Creates an entry.
        public init(row: Int, column: Int, value: Double) {
            self.row = row
            self.column = column
            self.value = value
        }
    }

    /// The number of rows.
    public let rows: Int
    /// The number of columns.
    public let columns: Int
    /// The stored entries, ascending by row, then by column.
    public let entries: [Entry]

    /// Creates a matrix from entries that ascend strictly by row, then by column.
    ///
    /// - Throws: `TransportError` if the shape is empty, or an entry is outside it, not finite or out of order.
    public init(rows: Int, columns: Int, entries: [Entry]) throws {
        _ = try MatrixShape.elementCount(of: "sparse matrix", rows: rows, columns: columns)
        for (position, entry) in entries.enumerated() {
            guard entry.row >= 0, entry.row < rows else {
                throw TransportError.indexOutOfRange(what: "sparse rows", index: entry.row, count: rows)
            }
            guard entry.column >= 0, entry.column < columns else {
                throw TransportError.indexOutOfRange(
                    what: "sparse columns", index: entry.column, count: columns)
            }
            guard entry.value.isFinite else {
                throw TransportError.nonFiniteEntry(
                    what: "sparse entries", row: entry.row, column: entry.column, value: entry.value)
            }
            if position > 0 {
                let before = entries[position - 1]
                guard (before.row, before.column) < (entry.row, entry.column) else {
                    throw TransportError.unsortedEntries(position: position)
                }
            }
        }
        self.init(unchecked: entries, rows: rows, columns: columns)
    }

    /// Creates a matrix from all its values in row-major order; zeros are not stored.
    ///
    /// - Throws: `TransportError` if the shape is empty or does not fit, or a value is not finite.
    public init(dense values: [Double], rows: Int, columns: Int) throws {
        try MatrixShape.check("dense matrix", rows: rows, columns: columns, count: values.count)
        try self.init(
            rows: rows, columns: columns,
            entries: values.indices.lazy.filter { values[$0] != 0 }.map {
                Entry(row: $0 / columns, column: $0 % columns, value: values[$0])
            })
    }

    /// Wraps entries that are known to satisfy the invariant.
    init(unchecked entries: [Entry], rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        self.entries = entries
    }

    /// The matrix with rows and columns exchanged. O(entries + rows + columns).
    public var transposed: SparseMatrix {
        var next = [Int](repeating: 0, count: columns + 1)
        for entry in entries { next[entry.column + 1] += 1 }
        for column in 0..<columns { next[column + 1] += next[column] }
        var moved = entries
        for entry in entries {
            moved[next[entry.column]] = Entry(row: entry.column, column: entry.row, value: entry.value)
            next[entry.column] += 1
        }
        return SparseMatrix(unchecked: moved, rows: columns, columns: rows)
    }

    /// The sum of each row's entries.
    public var rowSums: [Double] {
        entries.reduce(into: [Double](repeating: 0, count: rows)) { $0[$1.row] += $1.value }
    }

    /// The sum of each column's entries.
    public var columnSums: [Double] {
        entries.reduce(into: [Double](repeating: 0, count: columns)) { $0[$1.column] += $1.value }
    }

    /// Returns all `rows * columns` values in row-major order, with zeros for entries that are not stored.
    public func dense() -> [Double] {
        entries.reduce(into: [Double](repeating: 0, count: rows * columns)) {
            $0[$1.row * columns + $1.column] = $1.value
        }
    }

    /// Returns the matrix whose entries are divided by their row's sum; rows whose sum is zero become empty.
    func dividedByRowSums() -> SparseMatrix {
        let sums = rowSums
        let quotients = entries.compactMap { entry -> Entry? in
            let quotient = entry.value / sums[entry.row]
            guard sums[entry.row] > 0, quotient > 0 else { return nil }
            return Entry(row: entry.row, column: entry.column, value: quotient)
        }
        return SparseMatrix(unchecked: quotients, rows: rows, columns: columns)
    }
}
