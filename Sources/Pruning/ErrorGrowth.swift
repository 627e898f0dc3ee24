internal import Foundation

/// How a group's error is assumed to grow with the share s of its channels that it loses: e(s) = d(s0) (x(s) / x(s0))^p, with
/// s0 the smallest measured share. x is the share itself, or what the group's readers are predicted to lose.
///
/// Errors are measured for one group at a time, but must predict networks in which many groups are narrow and the layers
/// are fitted to that. The best p differs from network to network, so several are tried.
public enum ErrorGrowth: Sendable, Codable, Equatable, CustomStringConvertible {
    /// One p for all groups, x the share.
    case power(Double)
    /// Each group's own p between two measured shares, x the share, less a number: the errors of many groups together grow
    /// more slowly than each one alone.
    case measured(lessBy: Double)
    /// One p for all groups, x the error that moments of its activations predict of its readers (`OutputSensitivity`):
    /// channels that nothing needs cost nothing, and those that go last cost the most.
    case predicted(power: Double)

    /// The range of groups' own exponents: errors that grow more slowly than in proportion are noise, and ones that
    /// grow faster make small shares look free.
    private static let range = 1.0...3.0
    /// Smaller measured errors count as this.
    private static let leastError = 1e-12

    /// The p that suits a group if nothing is predicted of it.
    private static let usual = 1.25

    /// The exponent for a group, x the share.
    ///
    /// - Parameter points: Removed shares of its channels, ascending, and their errors.
    package func exponent(of points: [(share: Double, divergence: Double)]) -> Double {
        switch self {
        case .power(let exponent): return exponent
        case .predicted(let exponent): return Self.usual * exponent
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
        case .predicted(1): "errors grow as predicted of each group's readers"
        case .predicted(let exponent):
            "errors grow with the power \(exponent) of those predicted of each group's readers"
        }
    }
}
