/// One feature per row, `[rows, columns]`: for a channel, the concatenation of its flattened weights.
public struct FeatureMatrix: Sendable, Equatable {
    /// The number of features.
    public let rows: Int
    /// The length of each feature.
    public let columns: Int
    /// The features in row-major order, `rows * columns` values.
    public let values: [Float]

    /// Creates a feature matrix from its values in row-major order.
    ///
    /// - Throws: `TransportError` if the shape is empty, the count is not `rows * columns`, or a value is NaN
    ///   or infinite.
    public init(rows: Int, columns: Int, values: [Float]) throws {
        try MatrixShape.check("feature matrix", rows: rows, columns: columns, count: values.count)
        let position = values.withUnsafeBufferPointer { FeatureMatrix.firstNonFinite($0) }
        if let position {
            throw TransportError.nonFiniteEntry(
                what: "features", row: position / columns, column: position % columns,
                value: Double(values[position]))
        }
        self.init(unchecked: values, rows: rows, columns: columns)
    }

    /// Wraps values that are known to be finite and of the right number.
    private init(unchecked values: [Float], rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    private static func firstNonFinite(_ values: UnsafeBufferPointer<Float>) -> Int? {
        // The product with zero is NaN exactly for values that are not finite.
        let width = 16
        var products = SIMD16<Float>.zero
        let bytes = UnsafeRawBufferPointer(values)
        let whole = values.count / width
        for block in 0..<whole {
            let offset = block * MemoryLayout<SIMD16<Float>>.size
            products += bytes.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self) * 0
        }
        let clean = products == .zero && values[(whole * width)...].allSatisfy(\.isFinite)
        return clean ? nil : values.firstIndex { !$0.isFinite }
    }

    /// Returns the matrix with each row divided by its L2 norm, accumulated in `Double`; zero rows stay zero.
    public func normalised() -> FeatureMatrix {
        let scaled = [Float](unsafeUninitializedCapacity: values.count) { buffer, initialised in
            values.withUnsafeBufferPointer { values in
                for row in 0..<rows {
                    let positions = row * columns..<(row + 1) * columns
                    let factor = FeatureMatrix.reciprocalNorm(values[positions])
                    for position in positions {
                        buffer[position] = Float(Double(values[position]) * factor)
                    }
                }
            }
            initialised = values.count
        }
        return FeatureMatrix(unchecked: scaled, rows: rows, columns: columns)
    }

    /// Returns one over the L2 norm, or zero for a zero feature.
    private static func reciprocalNorm(_ feature: Slice<UnsafeBufferPointer<Float>>) -> Double {
        // Squares of any finite Float, and sums of them, are within the range of Double.
        let bytes = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: feature))
        let whole = feature.count / 8 * 8
        var sums = SIMD8<Double>.zero
        for position in stride(from: 0, to: whole, by: 8) {
            let offset = position * MemoryLayout<Float>.stride
            let value = SIMD8<Double>(bytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self))
            sums += value * value
        }
        let squares = feature.dropFirst(whole).reduce(sums.sum()) { $0 + Double($1) * Double($1) }
        return squares > 0 ? 1 / squares.squareRoot() : 0
    }

    /// Returns the matrix whose row k is this matrix's row `selected[k]`.
    ///
    /// - Throws: `TransportError` if the selection is empty or an index is out of range.
    public func selectingRows(_ selected: [Int]) throws -> FeatureMatrix {
        try MatrixShape.check("selected features", indices: selected, below: rows)
        let count = try MatrixShape.elementCount(
            of: "feature matrix", rows: selected.count, columns: columns)
        var selection: [Float] = []
        selection.reserveCapacity(count)
        for row in selected { selection.append(contentsOf: values[row * columns..<(row + 1) * columns]) }
        return FeatureMatrix(unchecked: selection, rows: selected.count, columns: columns)
    }
}
