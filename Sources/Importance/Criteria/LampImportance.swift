/// The share of a channel in what remains after removing all weaker ones.
///
/// With s_k the squared weights of channel k, reduced over the members, the score is s_k / sum of s_j over
/// s_j >= s_k. The strongest channel scores 1. Within a group the order is that of `l2`; only comparisons
/// between groups change, and the masses of a transport with importance marginals. Channels of equal strength
/// have equal scores; zeros score 0.
/// Source: Lee et al., "Layer-adaptive sparsity for the magnitude-based pruning", ICLR 2021.
public struct LampImportance: ImportanceCriterion {
    public static let name = "lamp"
    public static let summary =
        "squared weights relative to those of all channels that are at least as strong"

    public init(options: ImportanceOptions) {}

    public func memberScores(_ context: ImportanceContext) -> [[Double]] {
        context.mapSlices { slice in slice.reduce(0.0) { $0 + Double($1) * Double($1) } }
    }

    public func channelScores(_ reduced: [Double]) -> [Double] {
        let order = reduced.indices.sorted { (reduced[$1], $0) < (reduced[$0], $1) }
        var scores = [Double](repeating: 0, count: reduced.count)
        var sum = 0.0
        var start = 0
        while start < order.count {
            let strength = reduced[order[start]]
            let equals = order[start...].prefix { reduced[$0] == strength }
            sum += strength * Double(equals.count)
            for channel in equals { scores[channel] = sum > 0 ? strength / sum : 0 }
            start = equals.endIndex
        }
        return scores
    }
}
