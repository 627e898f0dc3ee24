/// Each consumer is the one that fits the activations' moments best: M = B or the selection, R by least squares.
///
/// The moments come from the network itself, no data is needed: see `GroupMoments` and `MatchedConsumer`. Of averaging the
/// producers and of selecting some, the one is taken after which consumers lose less variance by the moments; where these were
/// measured on inputs, they are so for the channels there are, and producers are selected. Averages are taken
/// unless selecting loses a fifth less: on real networks they do better than their moments tell. A consumer whose moments cannot
/// be told gets the map of `norm_preserving`.
public struct MomentMatchedRule: MergeRule {
    public static let name = "moment_matched"
    public static let summary =
        "consumers fit the moments that the batch-norms tell, of merged or of kept channels"

    /// Selected channels must lose so much less than averages.
    private static let advantage = 0.8

    public init() {}

    public func channelMap(_ context: MergeContext) throws -> ChannelMap {
        let kept = try context.matchingMoments(of: DeletionRule().channelMap(context))
        if kept.isMeasured { return kept.map }
        let merged = try context.matchingMoments(of: NormPreservingRule().channelMap(context))
        let sources = kept.map.consumers.map(\.source)
        guard !sources.contains(.weights), kept.lostVariance < Self.advantage * merged.lostVariance
        else { return merged.map }
        return kept.map
    }
}
