internal import Coupling
internal import Graph
internal import OptimalTransport
internal import Torch

/// Producers are averaged, and consumers know how strong each merged channel was: M = B, R_ij = A_ij |w_i| / |w'_j|.
///
/// w_i are the weights and biases that produce channel i and w' = M w. A rectified channel that is s times another
/// contributes s times its output, which the factor restores. Where |w'_j| is zero the factor is one.
public struct NormPreservingRule: MergeRule {
    public static let name = "norm_preserving"
    public static let summary = "as mean, and consumers are scaled by the norm of what was merged"

    public init() {}

    public func channelMap(_ context: MergeContext) throws -> ChannelMap {
        let plan = try context.plan()
        let average = plan.columnNormalised()
        let weights = try ChannelFeatures(
            context.group, in: context.graph, roles: [.producer, .bias])
        let before = norms(weights)
        let after = mergedNorms(weights, average)
        let shares = plan.rowNormalised()
        let consumer = try SparseMatrix(
            rows: shares.rows, columns: shares.columns,
            entries: shares.entries.map { entry in
                let factor = after[entry.column] > 0 ? before[entry.row] / after[entry.column] : 1
                return SparseMatrix.Entry(row: entry.row, column: entry.column, value: entry.value * factor)
            })
        return try context.map(producer: average, perChannel: average, consumer: consumer)
    }

    private func norms(_ weights: ChannelFeatures) -> [Double] {
        weights.values.withUnsafeBufferPointer { values in
            (0..<weights.rows).map { row in
                values[(row * weights.columns)..<((row + 1) * weights.columns)]
                    .reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            }
        }
    }

    /// Returns |w'_j| for w' = M w.
    private func mergedNorms(_ weights: ChannelFeatures, _ matrix: SparseMatrix) -> [Double] {
        var result = [Double](repeating: 0, count: matrix.rows)
        var sum = [Double](repeating: 0, count: weights.columns)
        var entries = matrix.entries[...]
        weights.values.withUnsafeBufferPointer { values in
            for row in 0..<matrix.rows {
                for column in sum.indices { sum[column] = 0 }
                while let entry = entries.first, entry.row == row {
                    let start = entry.column * weights.columns
                    for column in sum.indices { sum[column] += entry.value * Double(values[start + column]) }
                    entries = entries.dropFirst()
                }
                result[row] = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
            }
        }
        return result
    }
}
