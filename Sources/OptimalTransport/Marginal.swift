/// The mass that each source gives or each target receives: non-negative weights that sum to one.
///
/// Entries of zero are allowed; such a source or target takes no part in a plan.
public struct Marginal: Sendable, Equatable {
    /// The masses; their sum is one up to rounding.
    public let masses: [Double]

    /// The number of sources or targets.
    public var count: Int { masses.count }

    /// How far the sum of the given weights may be from one.
    public static let sumTolerance = 1e-6

    /// Creates a marginal from weights that sum to one within `sumTolerance`, and divides them by their sum.
    ///
    /// - Throws: `TransportError` if there are none, one is negative or not finite, or the sum is not one.
    public init(_ weights: [Double]) throws {
        let scaled = try Marginal(proportionalTo: weights)
        let sum = weights.reduce(0, +)
        guard (sum - 1).magnitude <= Marginal.sumTolerance else {
            throw TransportError.unnormalisedMarginal(sum: sum)
        }
        self = scaled
    }

    private init(proportionalTo scores: [Double]) throws {
        guard !scores.isEmpty else { throw TransportError.empty(what: "a marginal") }
        for (index, score) in scores.enumerated() where !(score >= 0 && score.isFinite) {
            throw TransportError.invalidWeight(index: index, value: score)
        }
        let largest = scores.reduce(0, max)
        guard largest > 0 else { throw TransportError.zeroTotalWeight(count: scores.count) }
        // Dividing by the largest first keeps the sum of huge or tiny scores in range.
        let relative = scores.map { $0 / largest }
        let sum = relative.reduce(0, +)
        masses = relative.map { $0 / sum }
    }

    /// Returns the marginal that gives each of `count` elements the mass 1 / `count`.
    ///
    /// - Throws: `TransportError.empty` if `count` is not positive.
    public static func uniform(_ count: Int) throws -> Marginal {
        guard count > 0 else { throw TransportError.empty(what: "a marginal") }
        return try Marginal(proportionalTo: [Double](repeating: 1, count: count))
    }

    /// Returns the marginal whose masses are the scores divided by their sum.
    ///
    /// - Throws: `TransportError` if there are none, one is negative, NaN or infinite, or all are zero.
    public static func proportional(to scores: [Double]) throws -> Marginal {
        try Marginal(proportionalTo: scores)
    }
}
