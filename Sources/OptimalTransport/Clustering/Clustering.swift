/// A way to find centres such that every point is near one of them.
///
/// A method only needs the squared distances between the points: every centre is a weighted mean of points.
public protocol Clustering: Sendable {
    /// Returns `count` clusters; each has at least one point of positive weight, even if points coincide.
    ///
    /// - Throws: `TransportError.invalidClusterCount` unless `count` is in `1...points`, and
    ///   `TransportError.notConverged` if the method does not settle.
    func clusters(of points: SquaredDistances, count: Int) throws -> Clusters
}
