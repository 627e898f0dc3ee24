internal import Coupling
internal import OptimalTransport

/// Removes the channels that are not kept: M selects, R = M^T.
public struct DeletionRule: MergeRule {
    public static let name = "delete"
    public static let summary = "remove pruned channels (ordinary pruning)"

    public init() {}

    public func channelMap(_ context: MergeContext) throws -> ChannelMap {
        let selection = try ChannelMap.selection(context.kept, of: context.group.width)
        return try context.map(producer: selection, perChannel: selection, consumer: selection.transposed)
    }
}
