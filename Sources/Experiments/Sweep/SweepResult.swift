/// The result of a sweep.
public struct SweepResult: Sendable, Codable, Equatable {
    /// One group at one sparsity.
    public struct Row: Sendable, Codable, Equatable {
        /// The group.
        public let group: Int
        /// The requested sparsity.
        public let sparsity: Double
        /// The channels before.
        public let channels: Int
        /// The channels after.
        public let kept: Int
        /// The accuracy by rule, 0 ... 1 over all samples.
        public var accuracy: [String: Double]
        /// The seconds to score, solve and merge, for all rules together, without evaluation.
        public let seconds: Double
    }

    /// The rules in the order of the columns, deletion first.
    public let rules: [String]
    /// The accuracy of the network before pruning, batch-norms folded.
    public internal(set) var denseAccuracy: Double?
    /// The number of evaluated samples.
    public let samples: Int
    /// The number of samples in the test set.
    public let availableSamples: Int
    /// The rows for which every rule was evaluated.
    public internal(set) var rows: [Row]
    /// The number of requested rows.
    public let requestedRows: Int

    /// Combines the results.
    package init(
        rules: [String], denseAccuracy: Double?, samples: Int, availableSamples: Int, rows: [Row],
        requestedRows: Int
    ) {
        (self.rules, self.denseAccuracy, self.samples) = (rules, denseAccuracy, samples)
        (self.availableSamples, self.rows, self.requestedRows) = (availableSamples, rows, requestedRows)
    }

    /// Whether nothing is missing.
    public var isComplete: Bool { denseAccuracy != nil && rows.count == requestedRows }
}
