/// The cosine distance `1 - <x, y> / (|x| |y|)`, which ignores the norms of the features.
///
/// Computed as half the squared distance of the normalised features, which stays accurate for features that
/// point in almost the same direction. A zero feature is at distance 1 from all others and at 0 from other
/// zero features.
public struct CosineCost: GroundCost, TransportMethod, Equatable {
    public static let name = "cosine"
    public static let summary = "one minus the cosine of the angle between the features"

    /// Creates the distance.
    public init() {}

    public init(options: TransportMethodOptions) {}

    /// Returns the distances from every source feature to every target feature, `[sources, targets]`.
    ///
    /// - Throws: `TransportError.sizeMismatch` if the features differ in length.
    public func distances(sources: FeatureMatrix, targets: FeatureMatrix) throws -> CostMatrix {
        cosines(
            try PNormCost.euclidean.distances(sources: sources.normalised(), targets: targets.normalised()),
            sources: sources.zeroRows, targets: targets.zeroRows)
    }

    /// Returns the symmetric distances between all features, `[features, features]`, each computed once.
    public func pairwise(_ features: FeatureMatrix) throws -> CostMatrix {
        let zeros = features.zeroRows
        return cosines(
            try PNormCost.euclidean.pairwise(features.normalised()), sources: zeros, targets: zeros)
    }

    private func cosines(_ distances: CostMatrix, sources: [Bool], targets: [Bool]) -> CostMatrix {
        var values = distances.values.map { $0 * $0 / 2 }
        for row in sources.indices {
            for column in targets.indices where sources[row] || targets[column] {
                values[row * distances.columns + column] = sources[row] && targets[column] ? 0 : 1
            }
        }
        return CostMatrix(unchecked: values, rows: distances.rows, columns: distances.columns)
    }
}

extension FeatureMatrix {
    /// Whether each feature is all zero.
    fileprivate var zeroRows: [Bool] {
        (0..<rows).map { row in values[row * columns..<(row + 1) * columns].allSatisfy { $0 == 0 } }
    }
}
