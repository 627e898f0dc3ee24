public import Analysis
public import Coupling

/// Combines the members' scores into one score per channel.
public struct ImportanceScorer: Sendable {
    /// How the members' scores of a channel are combined.
    public enum Reduction: String, Sendable, Codable, CaseIterable {
        /// Their mean, the default.
        case mean
        /// Their sum.
        case sum
        /// Their maximum.
        case max
        /// Their product.
        case product
        /// That of the first member.
        case first

        /// One line about what it does.
        public var summary: String {
            switch self {
            case .mean: "their mean"
            case .sum: "their sum, so channels of more layers count more"
            case .max: "their maximum"
            case .product: "their product"
            case .first: "the first one, usually of the layer that makes the channel"
            }
        }
    }

    /// How a group's scores are scaled, so that groups compare.
    public enum Normaliser: String, Sendable, Codable, CaseIterable {
        /// Divided by their mean, the default.
        case mean
        /// Unchanged.
        case none
        /// Divided by their sum.
        case sum
        /// Divided by their maximum.
        case max
        /// (s - min) / (max - min).
        case standardise
        /// (s - mean) / deviation, with the unbiased deviation.
        case gaussian

        /// Returns the scores of a later step on the scale of an earlier one, so that groups still compare.
        ///
        /// A group that has lost its weakest channels has a larger mean. Divided by it, the others would seem
        /// weaker than before, and the group would lose more in each step. So a group's scores keep the mean
        /// that the same channels had and, if the scale has a zero of its own, their deviation too.
        /// - Parameters:
        ///   - scores: The present scores, scaled.
        ///   - before: The scores of the same channels in the previous step, on the target scale.
        package func carried(_ scores: [Double], from before: [Double]) -> [Double] {
            guard self != .none, !scores.isEmpty, scores.count == before.count else { return scores }
            func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
                let count = Double(values.count)
                let mean = values.reduce(0, +) / count
                let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
                return (mean, (squares / count).squareRoot())
            }
            let (now, then) = (moments(scores), moments(before))
            switch self {
            case .none: return scores
            case .mean, .sum, .max:
                return now.mean > 0 ? scores.map { $0 * then.mean / now.mean } : scores
            case .standardise, .gaussian:
                let factor = now.deviation > 0 ? then.deviation / now.deviation : 1
                return scores.map { ($0 - now.mean) * factor + then.mean }
            }
        }

        /// One line about what it does.
        public var summary: String {
            switch self {
            case .mean: "divided by their mean"
            case .none: "unchanged"
            case .sum: "divided by their sum"
            case .max: "divided by their maximum"
            case .standardise: "scaled to run from 0 to 1"
            case .gaussian: "minus their mean, divided by their standard deviation"
            }
        }
    }

    /// The criterion.
    public let criterion: any ImportanceCriterion
    /// The reduction over members.
    public let reduction: Reduction
    /// The normaliser over channels.
    public let normaliser: Normaliser
    /// Measurements for criteria that need more than the weights.
    public let statistics: NetworkStatistics

    /// Makes a scorer; `ImportanceRegistry.scorer` makes one by name.
    public init(
        _ criterion: any ImportanceCriterion, reduction: Reduction = .mean, normaliser: Normaliser = .mean,
        statistics: NetworkStatistics = NetworkStatistics()
    ) {
        self.criterion = criterion
        self.reduction = reduction
        self.normaliser = normaliser
        self.statistics = statistics
    }

    /// Returns one score per channel of a group.
    ///
    /// - Parameters:
    ///   - group: The group.
    ///   - network: The network in which it was found, batch-norms folded.
    ///   - features: The group's weights.
    /// - Throws: `ImportanceError` if no member can be scored or a score is not finite.
    public func scores(
        of group: CoupledGroup, in network: AnalysedNetwork, features: ChannelFeatures
    ) throws -> [Double] {
        try scores(
            ImportanceContext(
                group: group, network: network, features: features, statistics: statistics))
    }

    /// Returns one score per channel.
    ///
    /// Channels whose weights are all zero score 0 before scaling, whatever the criterion. Equal scores stay
    /// equal: a divisor of zero is replaced by one.
    /// - Throws: `ImportanceError` if no member can be scored or a score is not finite.
    public func scores(_ context: ImportanceContext) throws -> [Double] {
        let members = try criterion.memberScores(context)
        let width = context.group.width
        guard let first = members.first else {
            throw ImportanceError(
                "\(type(of: criterion).name) has nothing to score in group \(context.group.index)")
        }
        for scores in members where scores.count != width {
            throw ImportanceError(
                "\(type(of: criterion).name) gave \(scores.count) scores for the \(width) channels of group \(context.group.index)"
            )
        }
        var reduced = (0..<width).map { channel in
            let values = members.map { $0[channel] }
            return switch reduction {
            case .mean: values.reduce(0, +) / Double(members.count)
            case .sum: values.reduce(0, +)
            case .max: values.max() ?? 0
            case .product: values.reduce(1, *)
            case .first: first[channel]
            }
        }
        reduced = criterion.channelScores(reduced)
        for (channel, isDead) in context.deadChannels().enumerated() where isDead { reduced[channel] = 0 }
        let scores = normalised(reduced)
        // A sum or product of finite scores can overflow too.
        guard members.joined().allSatisfy(\.isFinite), scores.allSatisfy(\.isFinite) else {
            throw ImportanceError(
                "\(type(of: criterion).name) gave scores for group \(context.group.index) that are not finite"
            )
        }
        return scores
    }

    private func normalised(_ scores: [Double]) -> [Double] {
        guard let low = scores.min(), let high = scores.max() else { return scores }
        let sum = scores.reduce(0, +)
        let mean = sum / Double(scores.count)
        func divided(_ shift: Double, by divisor: Double) -> [Double] {
            scores.map { ($0 - shift) / (divisor == 0 ? 1 : divisor) }
        }
        switch normaliser {
        case .none: return scores
        case .mean: return divided(0, by: mean)
        case .sum: return divided(0, by: sum)
        case .max: return divided(0, by: high)
        case .standardise: return divided(low, by: high - low)
        case .gaussian:
            let squares = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            return divided(mean, by: (squares / Double(max(scores.count - 1, 1))).squareRoot())
        }
    }

    /// Returns the channels with the highest scores in ascending order; of equal scores, the first channels.
    public static func mostImportant(_ scores: [Double], count: Int) -> [Int] {
        let order = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
        return order.prefix(count).sorted()
    }
}
