/// How the differences of two features give their distance, for the norms that need no powers.
///
/// Each rule comes twice: for vectors of `Float`, and for single numbers in `Double`, exact enough if `Float`
/// overflows or underflows.
protocol DifferenceNorm: Sendable {
    /// Adds a vector of differences to the running value of each lane.
    static func accumulate(_ differences: FloatLanes, into lanes: inout FloatLanes)
    /// Adds the lanes of a finished stretch to the total.
    static func fold(_ lanes: FloatLanes, into total: Double) -> Double
    /// Adds one difference to the total.
    static func accumulate(_ difference: Double, into total: Double) -> Double
    /// Returns the distance for a total.
    static func distance(of total: Double) -> Double
    /// Whether a total from vectors, over features of some length, is as accurate as one in `Double`.
    static func isReliable(_ total: Double, columns: Int) -> Bool
}

extension DifferenceNorm {
    static func distance(of total: Double) -> Double { total }
    static func isReliable(_ total: Double, columns: Int) -> Bool { total.isFinite }
}
