/// A distance between features that prices the transport from one to the other.
///
/// A conforming type only needs `distances(sources:targets:)`. The other two have defaults that call it; a
/// symmetric cost with `d(x, x) = 0` can save work by providing them too.
public protocol GroundCost: Sendable {
    /// Whether the cost is a metric: an optimal plan then leaves kept channels' mass in place.
    var isMetric: Bool { get }

    /// Returns the distances from every source feature to every target feature, `[sources, targets]`.
    ///
    /// - Throws: `TransportError` if the features differ in length.
    func distances(sources: FeatureMatrix, targets: FeatureMatrix) throws -> CostMatrix

    /// Returns the distances from every feature to the kept ones, `[features, kept]`, in the order of `kept`.
    ///
    /// - Throws: `TransportError` if `kept` is empty, repeats an index or has one out of range.
    func distances(features: FeatureMatrix, kept: [Int]) throws -> CostMatrix

    /// Returns the distances between all features, `[features, features]`.
    ///
    /// Its columns `CostMatrix.selectingColumns(kept)` are the distances to any kept ones, so one computation
    /// serves all sparsities of a sweep.
    func pairwise(_ features: FeatureMatrix) throws -> CostMatrix
}

extension GroundCost {
    /// Not claimed by default.
    public var isMetric: Bool { false }

    /// Uses the kept features as targets.
    public func distances(features: FeatureMatrix, kept: [Int]) throws -> CostMatrix {
        try MatrixShape.check("kept indices", indices: kept, below: features.rows)
        try MatrixShape.checkDistinct("kept indices", indices: kept, below: features.rows)
        return try distances(sources: features, targets: features.selectingRows(kept))
    }

    /// Uses the features as both sources and targets.
    public func pairwise(_ features: FeatureMatrix) throws -> CostMatrix {
        try distances(sources: features, targets: features)
    }
}
