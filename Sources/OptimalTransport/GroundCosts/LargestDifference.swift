/// `max |x - y|`.
enum LargestDifference: DifferenceNorm {
    @inline(__always)
    static func accumulate(_ differences: FloatLanes, into lanes: inout FloatLanes) {
        lanes = .larger(lanes, differences.magnitudes)
    }

    @inline(__always)
    static func fold(_ lanes: FloatLanes, into total: Double) -> Double {
        max(total, Double(lanes.values.max()))
    }

    static func accumulate(_ difference: Double, into total: Double) -> Double {
        max(total, difference.magnitude)
    }
}
