internal import Compression
internal import Coupling
internal import Graph
internal import OptimalTransport

/// Channel maps for groups whose channels come in equal pairs.
struct PairMerging {
    /// The group.
    let group: CoupledGroup
    /// Whether two signals of the group meet in a product.
    private let isProduct: Bool
    /// The channels that are equal, each list ascending.
    private let pairs: [[Int]]
    /// The channel of each list that stays, ascending.
    private let kept: [Int]

    /// Pairs channels; which one of a pair stays alternates.
    ///
    /// - Parameters:
    ///   - pairs: All channels of the group, in lists of equal ones.
    ///   - isProduct: Whether two signals of the group meet in a product.
    init(_ group: CoupledGroup, pairs: [[Int]], isProduct: Bool) {
        self.isProduct = isProduct
        self.group = group
        let chosen = pairs.enumerated().map { (pair: $1.sorted(), kept: $1.sorted()[$0 % $1.count]) }
            .sorted { $0.kept < $1.kept }
        self.pairs = chosen.map(\.pair)
        kept = chosen.map(\.kept)
    }

    /// The mean of each pair, with what consumes them summed: M = 1/2 (1 1), R = (1 1)^T; in products 2^(-1/2) (1 1).
    func mean() throws -> ChannelMap {
        let average = try matrix { 1 / Double($0) }
        let producer = isProduct ? try matrix { (1 / Double($0)).squareRoot() } : average
        return try map(producer: producer, perChannel: average, consumer: matrix { _ in 1 }.transposed)
    }

    /// One of each pair as it is, the others gone without compensation.
    func deletion() throws -> ChannelMap {
        let selection = try ChannelMap.selection(kept, of: group.width)
        return try map(producer: selection, perChannel: selection, consumer: selection.transposed)
    }

    private func matrix(_ value: (_ count: Int) -> Double) throws -> SparseMatrix {
        try SparseMatrix(
            rows: pairs.count, columns: group.width,
            entries: pairs.enumerated().flatMap { row, pair in
                pair.map { SparseMatrix.Entry(row: row, column: $0, value: value(pair.count)) }
            })
    }

    private func map(
        producer: SparseMatrix, perChannel: SparseMatrix, consumer: SparseMatrix
    ) throws -> ChannelMap {
        try ChannelMap(
            kept: kept, producer: producer, perChannel: perChannel,
            consumers: group.members(.consumer).map {
                ChannelMap.Consumer(parameter: $0.name, axis: $0.axis, matrix: consumer)
            })
    }
}
