/// The source of the moments of a value's channels, from the most to the least certain.
public enum MomentSource: String, Sendable, Codable, CaseIterable, Comparable {
    /// Measured on calibration inputs.
    case measurement
    /// Running statistics of batch-norms.
    case batchNorm = "batch_norm"
    /// Measured on synthetic inputs.
    case synthetic
    /// Propagated through the network from normalised inputs.
    case propagation

    /// Whether they do not stem from real inputs.
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
