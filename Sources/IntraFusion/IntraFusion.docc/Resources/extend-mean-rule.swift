internal import OptimalTransport

/// Producers are averaged and consumers summed: M = B, R = A.
///
/// B_ji = T_ij / sum_i T_ij, A_ij = T_ij / sum_j T_ij. Exact where merged channels are identical.
public struct MeanRule: MergeRule {
    public static let name = "mean"
    public static let summary = "average producers, sum consumers"

    public init() {}

    public func channelMap(_ context: MergeContext) throws -> ChannelMap {
        let transport = try context.transport()
        let plan = transport.plan
        let average = plan.columnNormalised()
        return try context.map(
            places: transport.places, producer: average, perChannel: average,
            consumer: plan.rowNormalised())
    }
}
