/// k-means: clusters that minimise the sum of the squared distances of all points to the mean of their
/// cluster.
///
/// The best of several restarts from seeds drawn by k-means++, each improved until moving any single point to
/// another cluster no longer lowers the sum (see `KMeansPartition`). No cluster ever becomes empty: if there
/// are fewer distinct points than clusters, equal points are spread over several. Arthur and Vassilvitskii,
/// "k-means++", SODA 2007.
public struct KMeans: Clustering, TransportMethod {
    public static let name = "kmeans"
    public static let summary = "the means of clusters with the least squared distances within"

    /// The seed of the random restarts.
    public let seed: UInt64
    /// The number of restarts.
    public let restarts: Int

    /// Creates the method.
    public init(seed: UInt64 = 0, restarts: Int = 10) {
        self.seed = seed
        self.restarts = max(1, restarts)
    }

    public init(options: TransportMethodOptions) {
        self.init(seed: options.seed)
    }

    /// Returns the clusters, in the order of their first points. O(n^2) per restart and O(n) per move.
    ///
    /// - Throws: `TransportError.invalidClusterCount` unless `count` is in `1...points`.
    public func clusters(of points: SquaredDistances, count: Int) throws -> Clusters {
        try points.check(clusters: count)
        var generator = RandomBits(seed: seed)
        var best = partition(points, count, &generator)
        for _ in 1..<restarts where best.objective > 0 {
            let next = partition(points, count, &generator)
            if next.objective < best.objective { best = next }
        }
        return best.clusters()
    }

    private func partition(
        _ points: SquaredDistances, _ count: Int, _ generator: inout RandomBits
    ) -> KMeansPartition {
        var partition = KMeansPartition(
            seeds: KMeans.seeds(points, count: count, &generator), of: points)
        partition.improve()
        return partition
    }

    /// Draws distinct points, each the best of some candidates drawn with probabilities proportional to their
    /// squared distances from the earlier points; if all distances are zero, the first remaining point.
    private static func seeds(
        _ points: SquaredDistances, count: Int, _ generator: inout RandomBits
    ) -> [Int] {
        let candidates = 2 + count.bitWidth - count.leadingZeroBitCount
        var seeds = [Int.random(in: 0..<points.count, using: &generator)]
        var isSeed = [Bool](repeating: false, count: points.count)
        isSeed[seeds[0]] = true
        var nearest = Array(points.row(seeds[0]))
        while seeds.count < count {
            var next = isSeed.firstIndex(of: false) ?? 0
            let total = nearest.reduce(0, +)
            var least = Double.infinity
            for _ in 0..<(total > 0 ? candidates : 0) {
                let candidate = drawn(nearest, total: total, &generator)
                let rest = zip(nearest, points.row(candidate)).reduce(0) { $0 + min($1.0, $1.1) }
                if rest < least { (next, least) = (candidate, rest) }
            }
            seeds.append(next)
            isSeed[next] = true
            for (point, distance) in points.row(next).enumerated() {
                nearest[point] = min(nearest[point], distance)
            }
        }
        return seeds
    }

    /// Draws a point with a probability proportional to its distance.
    private static func drawn(
        _ distances: [Double], total: Double, _ generator: inout RandomBits
    ) -> Int {
        var draw = Double.random(in: 0..<1, using: &generator) * total
        var result = 0
        for (point, distance) in distances.enumerated() where distance > 0 {
            result = point
            draw -= distance
            if draw < 0 { break }
        }
        return result
    }
}
