internal import Foundation

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
        case numbers
    }

    /// The most entries of a full matrix that are written one by one.
    private static let mostListed = 256
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
        guard let bytes = try container.decodeIfPresent(Data.self, forKey: .numbers) else {
            try self.init(
                rows: rows, columns: columns, entries: container.decode([Entry].self, forKey: .entries))
            return
        }
        let count = try MatrixShape.elementCount(of: "sparse matrix", rows: rows, columns: columns)
        guard let numbers = NumberBytes.decoded(bytes, count: count) else {
            throw DecodingError.dataCorruptedError(
                forKey: .numbers, in: container,
                debugDescription: "a matrix of \(rows) x \(columns) has \(bytes.count) bytes")
        }
        try self.init(
            rows: rows, columns: columns,
            entries: numbers.enumerated().map {
                Entry(row: $0.offset / columns, column: $0.offset % columns, value: $0.element)
            })
    }

    /// Writes `{"rows": n, "columns": m, "entries": [[row, column, value], ...]}`, or, if every place of a large one has an entry,
    /// `"numbers"` instead: the values' bytes (see `NumberBytes`) row by row, in base64 in JSON.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(rows, forKey: .rows)
        try container.encode(columns, forKey: .columns)
        if entries.count == rows * columns, entries.count > Self.mostListed {
            try container.encode(NumberBytes.encoded(entries.map(\.value)), forKey: .numbers)
        } else {
            try container.encode(entries, forKey: .entries)
        }
    }
}
