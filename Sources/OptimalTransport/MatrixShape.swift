/// Checks that the matrix types of this module share.
enum MatrixShape {
    /// Returns `rows * columns` for a shape with at least one row and column.
    ///
    /// - Throws: `TransportError.invalidShape` for empty axes or a product beyond `Int`.
    static func elementCount(of what: String, rows: Int, columns: Int) throws -> Int {
        let product = rows.multipliedReportingOverflow(by: columns)
        guard rows > 0, columns > 0, !product.overflow else {
            throw TransportError.invalidShape(what: what, rows: rows, columns: columns)
        }
        return product.partialValue
    }

    /// Throws unless `count` elements fill `rows` x `columns`.
    static func check(_ what: String, rows: Int, columns: Int, count: Int) throws {
        let expected = try elementCount(of: what, rows: rows, columns: columns)
        guard count == expected else {
            throw TransportError.wrongElementCount(what: what, rows: rows, columns: columns, got: count)
        }
    }

    /// Throws unless every index is in `0..<count` and there is at least one.
    static func check(_ what: String, indices: [Int], below count: Int) throws {
        guard !indices.isEmpty else { throw TransportError.empty(what: what) }
        for index in indices where index < 0 || index >= count {
            throw TransportError.indexOutOfRange(what: what, index: index, count: count)
        }
    }

    /// Throws if an index occurs twice; the indices must be in `0..<count`.
    static func checkDistinct(_ what: String, indices: [Int], below count: Int) throws {
        var seen = [Bool](repeating: false, count: count)
        for index in indices {
            if seen[index] { throw TransportError.repeatedIndex(what: what, index: index) }
            seen[index] = true
        }
    }
}
