/// What a sweep found.
public struct SweepResult: Sendable, Codable, Equatable {
    /// One group at one sparsity.
    public struct Row: Sendable, Codable, Equatable {
        /// The group.
        public let group: Int
        /// The share of channels asked to be removed.
        public let sparsity: Double
        /// The channels before.
        public let channels: Int
        /// The channels after.
        public let kept: Int
        /// The accuracy by rule, 0 ... 1 over all samples.
        public var accuracy: [String: Double]
        /// Seconds to score, solve and merge, for all rules together; evaluation not counted.
        public let seconds: Double
    }

    /// The rules in the order of the columns, deletion first.
    public let rules: [String]
    /// The accuracy of the network before pruning, batch-norms folded.
    public internal(set) var denseAccuracy: Double?
    /// How many samples were classified.
    public let samples: Int
    /// How many samples the test set has.
    public let availableSamples: Int
    /// The rows whose every rule was evaluated.
    public internal(set) var rows: [Row]
    /// How many rows were asked for.
    public let requestedRows: Int

    /// Whether nothing is missing.
    public var isComplete: Bool { denseAccuracy != nil && rows.count == requestedRows }
}
