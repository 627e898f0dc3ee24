/// A reproducible sequence of random bits (xorshift64*).
///
/// Source: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016.
struct RandomBits: RandomNumberGenerator {
    private var state: UInt64

    /// Starts the sequence of a seed.
    init(seed: UInt64) {
        // The state must not be zero, and similar seeds should differ in many bits.
        state = (seed &+ 1) &* 0x9E37_79B9_7F4A_7C15
        if state == 0 { state = 1 }
    }

    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }
}
