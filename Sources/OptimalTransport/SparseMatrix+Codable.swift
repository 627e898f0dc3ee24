extension SparseMatrix.Entry: Codable {
    /// Reads `[row, column, value]`.
    public init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        row = try container.decode(Int.self)
        column = try container.decode(Int.self)
        value = try container.decode(Double.self)
    }

    /// Writes `[row, column, value]`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        try container.encode(row)
        try container.encode(column)
        try container.encode(value)
    }
}

extension SparseMatrix: Codable {
    private enum CodingKeys: String, CodingKey {
        case rows
        case columns
        case entries
    }

    /// The most rows or columns read from a file: sums per row must stay affordable.
    private static let largestDecodedAxis = 1 << 24

    /// Reads a matrix and checks it like `init(rows:columns:entries:)`.
    ///
    /// For a matrix from outside, compare the shape with the expected one before calling `dense()`.
    ///
    /// - Throws: `DecodingError` for the wrong form or more than 2^24 rows or columns, `TransportError` for
    ///   other invalid content.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let rows = try container.decode(Int.self, forKey: .rows)
        let columns = try container.decode(Int.self, forKey: .columns)
        guard max(rows, columns) <= SparseMatrix.largestDecodedAxis else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: container.codingPath,
                    debugDescription: "a sparse matrix may have at most \(SparseMatrix.largestDecodedAxis) "
                        + "rows and columns, got \(rows) x \(columns)"))
        }
        try self.init(rows: rows, columns: columns, entries: container.decode([Entry].self, forKey: .entries))
    }

    /// Writes `{"rows": n, "columns": m, "entries": [[row, column, value], ...]}`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(rows, forKey: .rows)
        try container.encode(columns, forKey: .columns)
        try container.encode(entries, forKey: .entries)
    }
}
