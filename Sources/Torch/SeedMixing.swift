extension UInt64 {
    /// Returns a seed derived from this one and a key.
    ///
    /// FNV-1a over the key's UTF-8, started from the seed, because the standard library's hashes change with
    /// every run.
    package func seed(for key: String) -> UInt64 {
        key.utf8.reduce(0xCBF2_9CE4_8422_2325 ^ (self &* 0x9E37_79B9_7F4A_7C15)) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
    }
}
