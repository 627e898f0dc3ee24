/// The centres that a clustering found.
public struct Clusters: Sendable, Equatable {
    /// The weight of each point in each centre, `[clusters, points]`: `centre_j = sum_i weight_ji x_i`, rows
    /// sum to one.
    public let weights: SparseMatrix
    /// What the method minimises: for k-means the sum of all points' squared distances to their centres, for a mixture the mean
    /// negative logarithm of the points' densities.
    public let objective: Double

    /// Returns the clusters in another order.
    func reordered(_ order: [Int]) -> Clusters {
        let rows = Dictionary(grouping: weights.entries, by: \.row)
        return Clusters(
            weights: SparseMatrix(
                unchecked: order.enumerated().flatMap { row, old in
                    (rows[old] ?? []).map {
                        SparseMatrix.Entry(row: row, column: $0.column, value: $0.value)
                    }
                }, rows: weights.rows, columns: weights.columns),
            objective: objective)
    }

    /// Gives each cluster its own point near its centre, and sorts the clusters by these points.
    ///
    /// Of all pairs of a free cluster and a free point, the nearest is matched first; ties go to the first
    /// cluster, then to the first point. O(n m log(n m)).
    ///
    /// - Returns: The points, ascending, and the clusters in their order.
    public func placed(among points: SquaredDistances) -> (places: [Int], clusters: Clusters) {
        struct Pair {
            let distance: Double
            let cluster: Int
            let point: Int
        }
        let rows = Dictionary(grouping: weights.entries, by: \.row)
        var pairs: [Pair] = []
        for cluster in 0..<weights.rows {
            let distances = points.distances(
                toMean: (rows[cluster] ?? []).map { (point: $0.column, weight: $0.value) })
            pairs += distances.enumerated().map {
                Pair(distance: $0.element, cluster: cluster, point: $0.offset)
            }
        }
        pairs.sort { ($0.distance, $0.cluster, $0.point) < ($1.distance, $1.cluster, $1.point) }
        var places = [Int?](repeating: nil, count: weights.rows)
        var isTaken = [Bool](repeating: false, count: points.count)
        for pair in pairs where places[pair.cluster] == nil && !isTaken[pair.point] {
            places[pair.cluster] = pair.point
            isTaken[pair.point] = true
        }
        let order = places.enumerated().compactMap { cluster, point in
            point.map { (point: $0, cluster: cluster) }
        }.sorted { $0.point < $1.point }
        return (order.map(\.point), reordered(order.map(\.cluster)))
    }
}
