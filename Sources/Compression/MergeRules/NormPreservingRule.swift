internal import Coupling
internal import Graph
internal import OptimalTransport
internal import Torch

/// Producers are averaged, and consumers scaled by the strength of each merged channel: M = B, R_ij = A_ij
/// |w_i| / |w'_j|.
///
/// w_i are the weights and biases that produce channel i and w' = M w. A rectified channel that is s times
/// another contributes s times its output, which the factor restores. Where a kernel k filters each channel
/// by itself (a depthwise convolution), its strength counts too: |w_i| |k_i| / (|w'_j| |k'_j|) with k' = B k.
/// Where |w'_j| is zero the factor is one.
public struct NormPreservingRule: MergeRule {
    public static let name = "norm_preserving"
    public static let summary = "mean, with consumers scaled by the norms of the merged channels"

    public init() {}

    public func channelMap(_ context: MergeContext) throws -> ChannelMap {
        let transport = try context.transport()
        let plan = transport.plan
        let average = plan.columnNormalised()
        let produced = try ChannelFeatures(context.group, in: context.graph, roles: [.producer, .bias])
        let filtered = try ChannelFeatures(context.group, in: context.graph, roles: [.perChannel])
        var before = norms(produced, 0..<produced.columns)
        var after = mergedNorms(produced, 0..<produced.columns, average)
        for kernel in filtered.segments {
            before = zip(before, norms(filtered, kernel.columns)).map { $0 * $1 }
            after = zip(after, mergedNorms(filtered, kernel.columns, average)).map { $0 * $1 }
        }
        let shares = plan.rowNormalised()
        let consumer = try SparseMatrix(
            rows: shares.rows, columns: shares.columns,
            entries: shares.entries.map { entry in
                let factor = after[entry.column] > 0 ? before[entry.row] / after[entry.column] : 1
                return SparseMatrix.Entry(row: entry.row, column: entry.column, value: entry.value * factor)
            })
        return try context.map(
            places: transport.places, producer: average, perChannel: average, consumer: consumer)
    }

    /// Returns the norm of each channel's features in some columns.
    private func norms(_ features: ChannelFeatures, _ columns: Range<Int>) -> [Double] {
        features.values.withUnsafeBufferPointer { values in
            (0..<features.rows).map { row in
                let start = row * features.columns
                return values[(start + columns.lowerBound)..<(start + columns.upperBound)]
                    .reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            }
        }
    }

    /// Returns the norm of each merged channel's features in some columns.
    private func mergedNorms(
        _ features: ChannelFeatures, _ columns: Range<Int>, _ matrix: SparseMatrix
    ) -> [Double] {
        var result = [Double](repeating: 0, count: matrix.rows)
        var sum = [Double](repeating: 0, count: columns.count)
        var entries = matrix.entries[...]
        features.values.withUnsafeBufferPointer { values in
            for row in 0..<matrix.rows {
                for index in sum.indices { sum[index] = 0 }
                while let entry = entries.first, entry.row == row {
                    let start = entry.column * features.columns + columns.lowerBound
                    for index in sum.indices { sum[index] += entry.value * Double(values[start + index]) }
                    entries = entries.dropFirst()
                }
                result[row] = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
            }
        }
        return result
    }
}
