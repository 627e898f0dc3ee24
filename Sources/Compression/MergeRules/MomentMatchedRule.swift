/// Producers are averaged, and each consumer is the one that fits the activations' moments best: M = B, R by least squares.
///
/// The moments come from the network itself, no data is needed: see `GroupMoments` and `MatchedConsumer`. A consumer whose
/// moments cannot be told gets the map of `norm_preserving`.
public struct MomentMatchedRule: MergeRule {
    public static let name = "moment_matched"
    public static let summary = "as mean, and consumers fit the moments that the batch-norms tell"

    public init() {}

    public func channelMap(_ context: MergeContext) throws -> ChannelMap {
        try context.matchingMoments(of: NormPreservingRule().channelMap(context))
    }
}
