/// A way to compute the distances within one block of a distance table.
protocol BlockDistances: Sendable {
    /// Returns `blockSize * blockSize` values; those that the block needs are its distances.
    func distances(of block: DistanceTable.Block) -> [Double]
}
