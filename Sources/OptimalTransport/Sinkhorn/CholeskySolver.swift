/// Solves systems of equations with a symmetric positive definite matrix.
enum CholeskySolver {
    /// Smaller pivots are raised to this: the matrix is singular to rounding there.
    private static let leastPivot = 1e-14

    /// Replaces the right side by the solution x of `A x = b`, and A by its factor.
    ///
    /// - Parameters:
    ///   - matrix: A, `[n, n]` in row-major order with a diagonal of about one; only its lower triangle is read.
    ///   - right: b, `[n]`.
    /// - Complexity: O(n^3).
    static func solve(_ matrix: inout [Double], _ right: inout [Double]) {
        let n = right.count
        matrix.withUnsafeMutableBufferPointer { matrix in
            for row in 0..<n {
                let own = UnsafeBufferPointer(rebasing: matrix[row * n..<(row + 1) * n])
                for column in 0..<row {
                    let other = UnsafeBufferPointer(rebasing: matrix[column * n..<(column + 1) * n])
                    let sum = matrix[row * n + column] - DotProduct.of(own, other, count: column)
                    matrix[row * n + column] = sum / matrix[column * (n + 1)]
                }
                let pivot = matrix[row * (n + 1)] - DotProduct.of(own, own, count: row)
                matrix[row * (n + 1)] = max(pivot, leastPivot).squareRoot()
            }
            for row in 0..<n {
                for column in 0..<row { right[row] -= matrix[row * n + column] * right[column] }
                right[row] /= matrix[row * (n + 1)]
            }
            for row in (0..<n).reversed() {
                right[row] /= matrix[row * (n + 1)]
                for column in 0..<row { right[column] -= matrix[row * n + column] * right[row] }
            }
        }
    }
}
