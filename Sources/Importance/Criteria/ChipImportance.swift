internal import Coupling
internal import Graph

/// Channel independence: the nuclear norm that the producers' feature maps lose with the channel.
///
/// For a map A `[channels, pixels]` the score is norm(A) - norm(A with the channel zeroed), averaged over all
/// images; a channel whose map is a combination of the others' scores low. The map is the producer's output
/// after the activation (see `ChannelIndependence`). One score per producer; consumers do not count. No
/// labels are used. Source: Sui et al., "CHIP: Channel independence-based pruning for compact neural
/// networks", NeurIPS 2021.
public struct ChipImportance: ImportanceCriterion {
    public static let name = "chip"
    public static let summary = "nuclear norm that the feature maps lose with the channel"
    public static let needsImages = true

    public init(options: ImportanceOptions) {}

    public func memberScores(_ context: ImportanceContext) throws -> [[Double]] {
        let losses = try context.measurement(ChannelIndependence.self, for: Self.self).losses
        let scores = context.group.members(.producer).compactMap { losses[MemberReference($0)] }
        guard !scores.isEmpty else {
            throw ImportanceError(
                "\(Self.name): no producer of group \(context.group.index) has a feature map to measure")
        }
        return scores
    }
}
