/// Eight `Float` values kept as their bits.
///
/// The optimiser compiles arithmetic on `SIMD8<Float>` lane by lane, and regroups the lanes at a heavy price
/// in loops with several accumulators. Passing the bits between operations as vectors of integers keeps the
/// lanes together.
struct FloatLanes {
    var bits: SIMD8<UInt32>

    static var zero: FloatLanes { FloatLanes(bits: .zero) }

    @inline(__always)
    init(bits: SIMD8<UInt32>) {
        self.bits = bits
    }

    @inline(__always)
    init(_ values: SIMD8<Float>) {
        bits = unsafeBitCast(values, to: SIMD8<UInt32>.self)
    }

    /// The values.
    @inline(__always)
    var values: SIMD8<Float> { unsafeBitCast(bits, to: SIMD8<Float>.self) }

    /// The absolute values, by clearing the signs.
    @inline(__always)
    var magnitudes: FloatLanes { FloatLanes(bits: bits & 0x7FFF_FFFF) }

    @inline(__always)
    static func + (left: FloatLanes, right: FloatLanes) -> FloatLanes {
        FloatLanes(left.values + right.values)
    }

    @inline(__always)
    static func - (left: FloatLanes, right: FloatLanes) -> FloatLanes {
        FloatLanes(left.values - right.values)
    }

    @inline(__always)
    static func * (left: FloatLanes, right: FloatLanes) -> FloatLanes {
        FloatLanes(left.values * right.values)
    }

    /// Returns the larger of two non-negative values per lane: their bits have the same order.
    @inline(__always)
    static func larger(_ left: FloatLanes, _ right: FloatLanes) -> FloatLanes {
        let (first, second) = (
            SIMD8<Int32>(truncatingIfNeeded: left.bits), SIMD8<Int32>(truncatingIfNeeded: right.bits)
        )
        return FloatLanes(bits: left.bits.replacing(with: right.bits, where: second .> first))
    }

    /// The sum of the lanes in `Double`.
    @inline(__always)
    var sum: Double {
        let four = SIMD4<Double>(values.lowHalf) + SIMD4<Double>(values.highHalf)
        let two = four.lowHalf + four.highHalf
        return two.x + two.y
    }
}
