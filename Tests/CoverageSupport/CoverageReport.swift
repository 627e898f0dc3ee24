/// What was found out about one file.
package struct CoverageReport: Sendable, Codable {
    /// Channels that cannot be removed, and why.
    package struct Frozen: Sendable, Codable {
        package let reason: String
        package let width: Int
        /// The parameters and axes that make or consume them.
        package let members: [String]
    }

    /// The file.
    package let file: String
    /// The number of nodes.
    package internal(set) var nodes = 0
    /// The number of coupled groups.
    package internal(set) var groups = 0
    /// How much of the network can be pruned.
    package internal(set) var share: PrunableShare?
    /// The share as a fraction.
    package internal(set) var fraction: Double?
    /// What is frozen, but for the network's ends.
    package internal(set) var frozen: [Frozen] = []
    /// The greatest difference of the outputs after batch-norms were folded, relative to the greatest output.
    package internal(set) var foldingDifference: Double?
    /// Whether the network of pairs is the doubled one; else its channels were made equal in pairs in place.
    package internal(set) var isDoubled = false
    /// What kept the network from being doubled.
    package internal(set) var obstacle: String?
    /// The greatest relative difference between the doubled network's outputs and the original's.
    package internal(set) var doublingDifference: Double?
    /// The greatest relative difference between the network of pairs (where doubled, the original) and the one with one of
    /// each.
    package internal(set) var mergingDifference: Double?
    /// How much the outputs of the network of pairs, or the original, change where its inputs change by a millionth: what it makes of
    /// rounding errors.
    package internal(set) var noise: Double?
    /// The relative difference where one of each pair was deleted without compensation; it must not be small.
    package internal(set) var deletionDifference: Double?
    /// Seconds by stage.
    package internal(set) var seconds: [String: Double] = [:]
    /// What went wrong, by stage.
    package internal(set) var errors: [String: String] = [:]

    /// Starts a report.
    package init(file: String) {
        self.file = file
    }

    /// Runs a stage, notes how long it took, and notes its error in place of its result.
    package mutating func stage<Result>(_ name: String, _ body: () throws -> Result) -> Result? {
        let start = ContinuousClock().now
        defer { seconds[name] = (ContinuousClock().now - start) / .seconds(1) }
        do {
            return try body()
        } catch {
            errors[name] = "\(error)"
            return nil
        }
    }
}
