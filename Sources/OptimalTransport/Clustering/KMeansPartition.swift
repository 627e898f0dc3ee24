/// A division of points into non-empty clusters, with the sums needed to improve it.
///
/// For a cluster of s points with the sum `w = 1/2 sum_kl D_kl` over its pairs, a point i is
/// `(sum_k D_ik) / s - w / s^2` from its mean, squared, and the cluster contributes `w / s` to the objective.
struct KMeansPartition {
    private let points: SquaredDistances
    private let count: Int
    private(set) var labels: [Int]
    private var sizes: [Int]
    /// The sum of each point's distances to the points of each cluster, `[points, clusters]`.
    private var sums: [Double]
    /// The sum over all pairs of distances within each cluster.
    private var pairs: [Double]

    /// The number of rounds over all points after which the search ends. Every move lowers the objective, so
    /// it ends long before.
    private static let roundLimit = 1000
    /// The share by which a move must lower the terms it affects: less may be rounding.
    private static let leastGain = 1e-9

    /// Puts every point into the cluster of the nearest seed; the seeds are distinct points.
    init(seeds: [Int], of points: SquaredDistances) {
        var labels = [Int](repeating: 0, count: points.count)
        for point in 0..<points.count {
            for label in 1..<max(seeds.count, 1)
            where points.values[point * points.count + seeds[label]]
                < points.values[point * points.count + seeds[labels[point]]]
            {
                labels[point] = label
            }
        }
        for (label, seed) in seeds.enumerated() { labels[seed] = label }
        self.init(labels: labels, count: seeds.count, of: points)
    }

    private init(labels: [Int], count: Int, of points: SquaredDistances) {
        self.points = points
        self.count = count
        self.labels = labels
        sizes = [Int](repeating: 0, count: count)
        sums = [Double](repeating: 0, count: points.count * count)
        pairs = [Double](repeating: 0, count: count)
        for (point, label) in labels.enumerated() {
            sizes[label] += 1
            for (other, distance) in points.row(point).enumerated() {
                sums[other * count + label] += distance
            }
        }
        for (point, label) in labels.enumerated() { pairs[label] += sums[point * count + label] / 2 }
    }

    /// The sum of all points' squared distances to the mean of their cluster.
    var objective: Double { zip(pairs, sizes).reduce(0) { $0 + $1.0 / Double($1.1) } }

    /// Moves single points as long as the objective falls (Hartigan's method).
    ///
    /// It finds a better division than assigning all points to the nearest mean at a time, which hardly moves
    /// anything if clusters are small and dimensions many, since every mean is drawn towards its own points.
    mutating func improve() {
        var isMoving = true
        var rounds = 0
        while isMoving, rounds < Self.roundLimit {
            isMoving = false
            rounds += 1
            for point in labels.indices {
                guard let better = betterCluster(for: point) else { continue }
                move(point, to: better)
                isMoving = true
            }
        }
        // Sums that were updated many times accumulate rounding errors.
        self = KMeansPartition(labels: labels, count: count, of: points)
    }

    /// Returns the cluster to which a point should move to lower the objective most; nil if none lowers it.
    private func betterCluster(for point: Int) -> Int? {
        let own = labels[point]
        guard sizes[own] > 1 else { return nil }
        let size = Double(sizes[own])
        let loss = size / (size - 1) * distance(point, own)
        var best: (label: Int, gain: Double)?
        for label in 0..<count where label != own {
            let size = Double(sizes[label])
            let gain = loss - size / (size + 1) * distance(point, label)
            if gain > best?.gain ?? (Self.leastGain * loss) { best = (label, gain) }
        }
        return best?.label
    }

    /// The squared distance of a point from a cluster's mean.
    private func distance(_ point: Int, _ label: Int) -> Double {
        let size = Double(sizes[label])
        return max(0, (sums[point * count + label] - pairs[label] / size) / size)
    }

    private mutating func move(_ point: Int, to label: Int) {
        let old = labels[point]
        pairs[old] -= sums[point * count + old]
        pairs[label] += sums[point * count + label]
        sizes[old] -= 1
        sizes[label] += 1
        labels[point] = label
        for (other, distance) in points.row(point).enumerated() {
            sums[other * count + old] -= distance
            sums[other * count + label] += distance
        }
    }

    /// The clusters in the order of their first points.
    func clusters() -> Clusters {
        let members = Dictionary(grouping: labels.indices, by: { labels[$0] })
            .values.sorted { $0[0] < $1[0] }
        return Clusters(
            weights: SparseMatrix(
                unchecked: members.enumerated().flatMap { row, points in
                    points.map {
                        SparseMatrix.Entry(row: row, column: $0, value: 1 / Double(points.count))
                    }
                }, rows: count, columns: labels.count),
            objective: objective)
    }
}
