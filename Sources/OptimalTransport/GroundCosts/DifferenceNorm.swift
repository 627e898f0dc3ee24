/// How the differences of two features give their distance, for the norms that need no powers.
///
/// Each rule comes twice: for vectors of `Float`, and for single numbers in `Double`, exact enough for
/// the cases in which `Float` overflows or underflows.
protocol DifferenceNorm: Sendable {
    /// Takes a vector of differences into the running value of each lane.
    static func accumulate(_ differences: FloatLanes, into lanes: inout FloatLanes)
    /// Takes the lanes of a finished stretch into the total.
    static func fold(_ lanes: FloatLanes, into total: Double) -> Double
    /// Takes one difference into the total.
    static func accumulate(_ difference: Double, into total: Double) -> Double
    /// Returns the distance that belongs to a total.
    static func distance(of total: Double) -> Double
    /// Whether a total from vectors over features of some length is as good as one in `Double`.
    static func isReliable(_ total: Double, columns: Int) -> Bool
}

extension DifferenceNorm {
    static func distance(of total: Double) -> Double { total }
    static func isReliable(_ total: Double, columns: Int) -> Bool { total.isFinite }
}
