package import Analysis
internal import Calibration
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

    /// Whether another seed may change the result for a network.
    ///
    /// - Throws: An error naming a rule or criterion that does not exist.
    package func dependsOnSeed(for network: AnalysedNetwork) throws -> Bool {
        let rule = try MergeRuleRegistry.rule(named: chosenRule)
        return try chosenCalibration != nil
            || missingMoments.resolved(for: network, rule: rule) == .synthetic
            || scoring.transport.targets == .clusterCentroid || type(of: rule).usesSeed
            || ImportanceRegistry.usesSeed(criterion)
    }
}
