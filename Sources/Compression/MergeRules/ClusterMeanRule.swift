internal import Coupling
internal import Graph
internal import OptimalTransport

/// Folding by k-means: channels whose producers are alike become one, M = cluster means, R = membership.
///
/// The clustered features are the weights that make a channel, with its bias. Neither the kept channels nor
/// the transport are used, only the number of channels to keep. Each survivor takes the place of the nearest
/// channel.
/// Wang et al., "Forget the data and fine-tuning! Just fold the network to compress", ICLR 2025.
public struct ClusterMeanRule: MergeRule {
    public static let name = "cluster_mean"
    public static let summary =
        "model folding: cluster channels by k-means, average producers, sum consumers"
    public static let usesSeed = true

    public init() {}

    public func channelMap(_ context: MergeContext) throws -> ChannelMap {
        let produced = try ChannelFeatures(context.group, in: context.graph, roles: [.producer, .bias])
        do {
            let points = try SquaredDistances(
                FeatureMatrix(rows: produced.rows, columns: produced.columns, values: produced.values))
            let (places, clusters) = try KMeans(seed: context.seed).clusters(
                of: points, count: context.kept.count
            ).placed(among: points)
            let membership = try SparseMatrix(
                rows: clusters.weights.columns, columns: clusters.weights.rows,
                entries: clusters.weights.transposed.entries.map {
                    SparseMatrix.Entry(row: $0.row, column: $0.column, value: 1)
                })
            return try context.map(
                places: places, producer: clusters.weights, perChannel: clusters.weights,
                consumer: membership)
        } catch let error as TransportError {
            throw CompressionError("group \(context.group.index): \(error)")
        }
    }
}
