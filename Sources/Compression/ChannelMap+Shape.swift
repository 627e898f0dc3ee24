internal import OptimalTransport

extension ChannelMap {
    /// Returns the map that gives the same channels without changing a shape: removed channels are zeros in their places.
    ///
    /// With E `[n, m]` the embedding of the kept channels, producers become `E M w` and consumers `V R E^T`. Where channels
    /// that are zero everywhere add nothing, the network answers as the smaller one does; a normalisation over all channels
    /// still counts them.
    package func keepingShape() throws -> ChannelMap {
        func embedded(_ matrix: SparseMatrix) throws -> SparseMatrix {
            // Kept channels ascend, so that the entries still do.
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
