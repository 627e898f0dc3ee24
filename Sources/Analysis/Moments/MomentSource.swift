/// What tells the moments of a value's channels, from the most to the least certain.
public enum MomentSource: String, Sendable, Codable, CaseIterable, Comparable {
    /// Inputs on which they were measured.
    case measurement
    /// Batch-norms.
    case batchNorm = "batch_norm"
    /// Made-up inputs on which they were measured.
    case synthetic
    /// Normalised inputs, from which they were propagated through the network.
    case propagation

    /// Whether it is made up what the network's inputs are like.
    package var isMadeUp: Bool {
        switch self {
        case .measurement, .batchNorm: false
        case .synthetic, .propagation: true
        }
    }

    public static func < (left: MomentSource, right: MomentSource) -> Bool {
        allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
    }
}
