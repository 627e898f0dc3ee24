internal import Compression
internal import Importance

extension PruningOptions {
    /// Returns the options with another seed for everything that draws random numbers.
    public func seeded(_ seed: UInt64) -> PruningOptions {
        var result = self
        result.scoring.seed = seed
        result.scoring.transport.seed = seed
        result.calibration?.seed = seed
        return result
    }

    /// Whether another seed can give another result.
    ///
    /// - Throws: An error naming the rule or the criterion that does not exist.
    public func dependsOnSeed() throws -> Bool {
        let rule = type(of: try MergeRuleRegistry.rule(named: rule))
        return try calibration != nil || missingMoments == .synthetic
            || scoring.transport.targets == .clusterCentroid || rule.usesSeed
            || ImportanceRegistry.usesSeed(scoring.importance)
    }
}
