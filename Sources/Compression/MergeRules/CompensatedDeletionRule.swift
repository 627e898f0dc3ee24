/// Deletion, after which each consumer is refitted to the moments of the remaining activations.
public struct CompensatedDeletionRule: MergeRule {
    public static let name = "delete_moment_matched"
    public static let usesMoments = true
    public static let summary = "delete, then refit each consumer to the known moments of its activations"

    public init() {}

    public func channelMap(_ context: MergeContext) throws -> ChannelMap {
        let deleted = try DeletionRule().channelMap(context)
        let prediction = try context.predictions(of: [(deleted, true)])[0]
        return try context.matchingMoments(of: deleted, prediction.fits)
    }
}
