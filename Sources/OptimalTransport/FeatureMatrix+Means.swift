extension FeatureMatrix {
    /// Returns weighted means of the features: row j is `sum_i weights_ji x_i`, summed in `Double`. O(entries d).
    ///
    /// - Parameter weights: Non-negative weights whose rows sum to one, `[means, features]`.
    /// - Throws: `TransportError.sizeMismatch` if there are not as many columns as features.
    public func means(_ weights: SparseMatrix) throws -> FeatureMatrix {
        guard weights.columns == rows else {
            throw TransportError.sizeMismatch(
                what: "the number of weights of a mean", expected: rows, got: weights.columns)
        }
        let count = try MatrixShape.elementCount(of: "means", rows: weights.rows, columns: columns)
        let result = [Float](unsafeUninitializedCapacity: count) { buffer, initialised in
            values.withUnsafeBufferPointer { values in
                var sum = [Double](repeating: 0, count: columns)
                var entries = weights.entries[...]
                for row in 0..<weights.rows {
                    for column in 0..<columns { sum[column] = 0 }
                    while let entry = entries.first, entry.row == row {
                        let start = entry.column * columns
                        for column in 0..<columns {
                            sum[column] += entry.value * Double(values[start + column])
                        }
                        entries = entries.dropFirst()
                    }
                    for column in 0..<columns { buffer[row * columns + column] = Float(sum[column]) }
                }
            }
            initialised = count
        }
        return try FeatureMatrix(rows: weights.rows, columns: columns, values: result)
    }
}
