/// The squared Euclidean distances D between n points, `[n, n]`.
///
/// They give the distance of every point from any mean `c = sum_k w_k x_k`, with weights that sum to one,
/// without the points themselves: `|x_i - c|^2 = sum_k w_k D_ik - 1/2 sum_kl w_k w_l D_kl`.
public struct SquaredDistances: Sendable {
    /// The number n of points.
    public let count: Int
    /// The number of coordinates of a point.
    public let dimension: Int
    /// The distances in row-major order.
    let values: [Double]

    /// Computes the distances between features; those of equal features are exactly zero. O(n^2 d).
    public init(_ features: FeatureMatrix) throws {
        count = features.rows
        dimension = features.columns
        values = try PNormCost.euclidean.pairwise(features).values.map { $0 * $0 }
    }

    /// The distances from one point to all.
    func row(_ point: Int) -> ArraySlice<Double> {
        values[point * count..<(point + 1) * count]
    }

    /// Returns the squared distances from all points to a mean. O(n k) for k weights.
    ///
    /// - Parameter weights: The points' weights, which sum to one.
    func distances(toMean weights: [(point: Int, weight: Double)]) -> [Double] {
        var result = [Double](repeating: 0, count: count)
        values.withUnsafeBufferPointer { values in
            for (point, weight) in weights {
                let row = UnsafeBufferPointer(rebasing: values[point * count..<(point + 1) * count])
                for other in 0..<count { result[other] += weight * row[other] }
            }
        }
        let spread = weights.reduce(0) { $0 + $1.weight * result[$1.point] } / 2
        for point in 0..<count { result[point] = max(0, result[point] - spread) }
        return result
    }

    /// Throws unless that many clusters are possible.
    func check(clusters: Int) throws {
        guard clusters >= 1, clusters <= count else {
            throw TransportError.invalidClusterCount(clusters, points: count)
        }
    }
}
