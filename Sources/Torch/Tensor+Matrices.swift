extension Tensor {
    /// Returns the transpose of a matrix.
    package func transposed() throws(TorchError) -> Tensor { try permuted([1, 0]) }

    /// The identity matrix in double precision.
    package static func identity(_ size: Int) throws(TorchError) -> Tensor {
        var values = [Double](repeating: 0, count: size * size)
        for index in 0..<size { values[index * (size + 1)] = 1 }
        return try Tensor(values, shape: [size, size])
    }

    /// Returns the diagonal of a square matrix. `[n]`
    package func diagonal() throws(TorchError) -> Tensor {
        let size = shape[0]
        return try reshaped([size * size]).selecting(axis: 0, (0..<size).map { $0 * (size + 1) })
    }
}
