internal import OptimalTransport

extension ChannelMap {
    /// Returns the map with the same channels and unchanged shapes: removed channels become zeros in their
    /// places.
    ///
    /// With the embedding E `[n, m]` of the kept channels, producers become `E M w` and consumers `V R E^T`.
    /// If all-zero channels add nothing, the network answers like the smaller one; a normalisation over all
    /// channels still counts them.
    package func keepingShape() throws -> ChannelMap {
        func embedded(_ matrix: SparseMatrix) throws -> SparseMatrix {
            // Kept channels ascend, so the entries still do.
            try SparseMatrix(
                rows: width, columns: width,
                entries: matrix.entries.map {
                    SparseMatrix.Entry(row: kept[$0.row], column: $0.column, value: $0.value)
                })
        }
        return try ChannelMap(
            kept: Array(0..<width), producer: embedded(producer), perChannel: embedded(perChannel),
            consumers: consumers.map { own in
                Consumer(
                    parameter: own.parameter, axis: own.axis,
                    matrix: try embedded(own.matrix.transposed).transposed, gain: own.gain, shift: own.shift,
                    source: own.source)
            })
    }
}
