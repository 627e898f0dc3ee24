/// The source of the moments of a value's channels, from the most to the least certain.
public enum MomentSource: String, Sendable, Codable, CaseIterable, Comparable {
    /// Calibration inputs on which they were measured.
    case measurement
    /// Batch-norms.
    case batchNorm = "batch_norm"
    /// Synthetic inputs on which they were measured.
    case synthetic
    /// Normalised inputs, propagated through the network.
    case propagation

    /// Whether the inputs behind them are not real ones.
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
