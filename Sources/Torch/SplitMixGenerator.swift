/// A reproducible random number generator (SplitMix64).
///
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
public struct SplitMixGenerator: RandomNumberGenerator, Hashable, Sendable {
    private var state: UInt64

    /// Starts the sequence of a seed.
    public init(seed: UInt64) {
        state = seed
    }

    /// Returns the next number.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension RandomNumberGenerator {
    /// Returns a uniform integer in `0..<bound`, which must be positive.
    ///
    /// The standard library's own functions may change how they draw; results here must not.
    /// Source: Lemire, "Fast random integer generation in an interval", 2019.
    package mutating func integer(below bound: Int) -> Int {
        let bound = UInt64(bound)
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let threshold = (0 &- bound) % bound
            while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
        }
        return Int(product.high)
    }

    /// Draws some of `count` positions without repetition, ascending; all of them if there are too few.
    package mutating func sample(_ number: Int, of count: Int) -> [Int] {
        var positions = Array(0..<count)
        for index in 0..<min(number, count) {
            positions.swapAt(index, index + integer(below: count - index))
        }
        return positions.prefix(number).sorted()
    }
}
