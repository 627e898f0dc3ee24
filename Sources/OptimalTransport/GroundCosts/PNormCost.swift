/// The p-norm distance `(sum_k |x_k - y_k|^p)^(1/p)`; for infinite p, `max_k |x_k - y_k|`.
///
/// Results are within 1e-6 (relative) of the exact distance between the given features, and do not depend on
/// the number of threads, on the other features, or on the entry point. O(n m d) for features of length d, on
/// all cores; exponents 1, 2 and infinity are the fast ones, then multiples of 1/2.
public struct PNormCost: GroundCost, TransportMethod, Equatable {
    public static let name = "p_norm"
    public static let summary = "the p-norm of the difference between the features"

    /// The Euclidean distance, p = 2.
    static let euclidean = PNormCost(exponent: 2)

    /// The exponent p, from one to infinity.
    public let p: Double

    /// The cost of the paper's default, p = 1.
    public init() {
        self.init(exponent: 1)
    }

    /// Creates the distance for an exponent.
    ///
    /// - Throws: `TransportError.invalidExponent` unless p >= 1; infinity is allowed.
    public init(p: Double) throws {
        guard p >= 1 else { throw TransportError.invalidExponent(p) }
        self.init(exponent: p)
    }

    public init(options: TransportMethodOptions) throws {
        try self.init(p: options.p)
    }

    /// True by Minkowski's inequality.
    public var isMetric: Bool { true }

    /// Takes an exponent that is known to be valid.
    private init(exponent: Double) {
        p = exponent
    }

    /// Returns the distances from every source feature to every target feature, `[sources, targets]`.
    ///
    /// - Throws: `TransportError.sizeMismatch` if the features differ in length.
    public func distances(sources: FeatureMatrix, targets: FeatureMatrix) throws -> CostMatrix {
        guard sources.columns == targets.columns else {
            throw TransportError.sizeMismatch(
                what: "the length of the target features", expected: sources.columns, got: targets.columns)
        }
        return try matrix(
            DistanceTable(
                sources: sources, sourceOrder: Array(0..<sources.rows),
                targets: targets, targetOrder: Array(0..<targets.rows), sharedCount: 0))
    }

    /// Returns the distances from every feature to the kept ones, `[features, kept]`; `[kept[j], j]` is zero.
    ///
    /// Distances among the kept ones are computed once for both directions.
    ///
    /// - Throws: `TransportError` if `kept` is empty, repeats an index or has one out of range.
    public func distances(features: FeatureMatrix, kept: [Int]) throws -> CostMatrix {
        try MatrixShape.check("kept indices", indices: kept, below: features.rows)
        try MatrixShape.checkDistinct("kept indices", indices: kept, below: features.rows)
        var isKept = [Bool](repeating: false, count: features.rows)
        for index in kept { isKept[index] = true }
        let others = (0..<features.rows).filter { !isKept[$0] }
        return try matrix(
            DistanceTable(
                sources: features, sourceOrder: kept + others,
                targets: features, targetOrder: kept, sharedCount: kept.count))
    }

    /// Returns the symmetric distances between all features, `[features, features]`, each computed once.
    public func pairwise(_ features: FeatureMatrix) throws -> CostMatrix {
        let order = Array(0..<features.rows)
        return try matrix(
            DistanceTable(
                sources: features, sourceOrder: order, targets: features, targetOrder: order,
                sharedCount: features.rows))
    }

    private func matrix(_ table: DistanceTable) throws -> CostMatrix {
        switch p {
        case 1: try table.computed(by: DifferenceDistances.absolute)
        case 2: try table.computed(by: DifferenceDistances.euclidean)
        case .infinity: try table.computed(by: DifferenceDistances.largest)
        default: try table.computed(by: PowerDistances(p: p))
        }
    }
}
