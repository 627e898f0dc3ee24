package import Torch

/// Cholesky factors of matrices that may be singular.
package enum SemidefiniteFactor {
    /// How many columns are factored before the rest of the matrix is updated.
    private static let blockLength = 64
    /// Pivots up to this share of the mean of the diagonal count as zero.
    private static let leastShare = 1e-9

    /// Returns the lower factor L of `A = L L^T`; columns without a pivot, which depend on earlier ones, are zero.
    ///
    /// O(n^3), nearly all of it in matrix products.
    /// - Parameter matrix: A. `[n, n]`, double precision
    package static func lower(of matrix: Tensor) throws -> Tensor {
        let count = matrix.shape[0]
        let trace = try matrix.diagonal().reduced(.sum, axes: [0]).scalar()
        let least = max(trace, 0) / Double(max(count, 1)) * leastShare
        var rest = matrix
        var panels: [Tensor] = []
        for start in stride(from: 0, to: count, by: blockLength) {
            let (length, width) = (count - start, min(blockLength, count - start))
            // Column by column, so that updates touch contiguous memory.
            var columns = try rest.sliced(axis: 1, 0..<width).transposed().doubles()
            factor(&columns, width, length, least)
            let panel = try Tensor(columns, shape: [width, length]).transposed()
            panels.append(
                start == 0
                    ? panel
                    : try .concatenated(
                        [Tensor(repeating: 0, shape: [start, width], type: .float64), panel], axis: 0))
            guard width < length else { break }
            let below = try panel.sliced(axis: 0, width..<length)
            rest = try rest.sliced(axis: 0, width..<length).sliced(axis: 1, width..<length)
                .subtracting(below.matrixMultiplied(by: below.transposed()))
        }
        return try panels.isEmpty ? matrix : .concatenated(panels, axis: 1)
    }

    /// Factors the first columns of a matrix, `[width, length]`.
    private static func factor(_ columns: inout [Double], _ width: Int, _ length: Int, _ least: Double) {
        columns.withUnsafeMutableBufferPointer { columns in
            for column in 0..<width {
                let start = column * length
                let pivot = columns[start + column]
                for row in 0..<column { columns[start + row] = 0 }
                guard pivot > least else {
                    for row in column..<length { columns[start + row] = 0 }
                    continue
                }
                let scale = 1 / pivot.squareRoot()
                for row in column..<length { columns[start + row] *= scale }
                for other in column + 1..<max(width, column + 1) {
                    let (factor, target) = (columns[start + other], other * length)
                    for row in other..<length { columns[target + row] -= factor * columns[start + row] }
                }
            }
        }
    }
}
