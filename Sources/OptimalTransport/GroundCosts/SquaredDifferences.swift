/// `sqrt(sum (x - y)^2)`.
enum SquaredDifferences: DifferenceNorm {
    @inline(__always)
    static func accumulate(_ differences: FloatLanes, into lanes: inout FloatLanes) {
        lanes = lanes + differences * differences
    }

    @inline(__always)
    static func fold(_ lanes: FloatLanes, into total: Double) -> Double { total + lanes.sum }

    static func accumulate(_ difference: Double, into total: Double) -> Double {
        total + difference * difference
    }

    static func distance(of total: Double) -> Double { total.squareRoot() }

    /// Squares below the normal range of `Float` lose digits; each of them is below 1e-37.
    static func isReliable(_ total: Double, columns: Int) -> Bool {
        total.isFinite && total > Double(columns) * 1e-30
    }
}
