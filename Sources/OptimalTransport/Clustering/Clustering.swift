/// A way to find centres for points, so that every point is near one of them.
///
/// All that a method needs are the squared distances between the points: every centre is a weighted mean of points.
public protocol Clustering: Sendable {
    /// Returns `count` clusters; each has at least one point of positive weight, also where points coincide.
    ///
    /// - Throws: `TransportError.invalidClusterCount` unless `count` is in `1...points`, and
    ///   `TransportError.notConverged` if the method does not settle.
    func clusters(of points: SquaredDistances, count: Int) throws -> Clusters
}
