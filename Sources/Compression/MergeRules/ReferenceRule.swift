internal import OptimalTransport

/// The published rule: M = A^T, R = A with A_ij = T_ij / sum_j T_ij.
///
/// Both sides are sums, so merging two identical channels doubles what the consumers see.
/// Source: Theus et al., "Towards meta-pruning via optimal transport", ICLR 2024, section 3.
public struct ReferenceRule: MergeRule {
    public static let name = "reference"
    public static let summary = "the published code's rule: sum producers and consumers"

    public init() {}

    public func channelMap(_ context: MergeContext) throws -> ChannelMap {
        let transport = try context.transport()
        let plan = transport.plan
        let shares = plan.rowNormalised()
        return try context.map(
            places: transport.places, producer: shares.transposed, perChannel: plan.columnNormalised(),
            consumer: shares)
    }
}
