/// `sum |x - y|`.
enum AbsoluteDifferences: DifferenceNorm {
    @inline(__always)
    static func accumulate(_ differences: FloatLanes, into lanes: inout FloatLanes) {
        lanes = lanes + differences.magnitudes
    }

    @inline(__always)
    static func fold(_ lanes: FloatLanes, into total: Double) -> Double { total + lanes.sum }

    static func accumulate(_ difference: Double, into total: Double) -> Double {
        total + difference.magnitude
    }
}
