internal import Foundation

/// How the error of a group is taken to grow with the share s of its channels that it loses: e(s) = d(s0) (s / s0)^p, s0 the least
/// share that was measured.
///
/// Errors of single groups are measured, and those of networks are wanted in which many groups are narrow and whose layers are
/// fitted to that. Which p predicts these best differs from network to network, so that several are tried.
public enum ErrorGrowth: Sendable, Codable, Equatable, CustomStringConvertible {
    /// One p for all groups.
    case power(Double)
    /// Each group's own p, between what was measured at two shares, less a number: many groups' errors together grow more slowly
    /// than each alone.
    case measured(lessBy: Double)

    /// The best guess for networks of which nothing is known. Found by trial on a detector and a classifier.
    public static let standard = power(1.25)

    /// What groups' own exponents are kept within: an error that grows more slowly than in proportion is noise, and one that grows
    /// faster makes small shares look free.
    private static let range = 1.0...3.0
    /// What no measured error counts less than.
    private static let leastError = 1e-12

    /// The exponent for a group.
    ///
    /// - Parameter points: Shares of its channels that were removed, growing, and the errors.
    package func exponent(of points: [(share: Double, divergence: Double)]) -> Double {
        switch self {
        case .power(let exponent): return exponent
        case .measured(let difference):
            guard let first = points.first, let last = points.last, last.share > first.share else {
                return Self.range.lowerBound
            }
            func logarithm(_ error: Double) -> Double { log(max(error, Self.leastError)) }
            let exponent =
                (logarithm(last.divergence) - logarithm(first.divergence)) / log(last.share / first.share)
            return min(max(exponent - difference, Self.range.lowerBound), Self.range.upperBound)
        }
    }

    /// In a few words.
    public var description: String {
        switch self {
        case .power(let exponent): "errors grow with the power \(exponent) of the share"
        case .measured(0): "errors grow as measured of each group"
        case .measured(let difference):
            "errors grow as measured of each group, by a power less by \(difference)"
        }
    }
}
