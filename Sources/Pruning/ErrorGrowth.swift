internal import Foundation

/// How a group's error is assumed to grow with the share s of its channels that it loses: e(s) = d(s0) (s / s0)^p, with
/// s0 the smallest measured share.
///
/// Errors are measured for one group at a time, but must predict networks in which many groups are narrow and the layers
/// are fitted to that. The best p differs from network to network, so several are tried.
public enum ErrorGrowth: Sendable, Codable, Equatable, CustomStringConvertible {
    /// One p for all groups.
    case power(Double)
    /// Each group's own p between two measured shares, less a number: the errors of many groups together grow more
    /// slowly than each one alone.
    case measured(lessBy: Double)

    /// The best guess for an unknown network. Determined by experiment on a detector and a classifier.
    public static let standard = power(1.25)

    /// The range of groups' own exponents: errors that grow more slowly than in proportion are noise, and ones that
    /// grow faster make small shares look free.
    private static let range = 1.0...3.0
    /// Smaller measured errors count as this.
    private static let leastError = 1e-12

    /// The exponent for a group.
    ///
    /// - Parameter points: Removed shares of its channels, ascending, and their errors.
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

    /// A short description.
    public var description: String {
        switch self {
        case .power(let exponent): "errors grow with the power \(exponent) of the share"
        case .measured(0): "errors grow as measured of each group"
        case .measured(let difference):
            "errors grow as measured of each group, by a power less by \(difference)"
        }
    }
}
