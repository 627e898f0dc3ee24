import Foundation
import OptimalTransport
import Testing
import Torch

@Suite struct PNormCostTests {
    /// Relative deviation from a computation in `Double`.
    static let tolerance = 1e-6

    static func features(_ rows: Int, _ columns: Int, seed: UInt64, scale: Float = 1) throws -> FeatureMatrix
    {
        var generator = SplitMixGenerator(seed: seed)
        let values = (0..<rows * columns).map { _ in scale * Float.random(in: -1...1, using: &generator) }
        return try FeatureMatrix(rows: rows, columns: columns, values: values)
    }

    static func row(_ features: FeatureMatrix, _ index: Int) -> ArraySlice<Float> {
        features.values[index * features.columns..<(index + 1) * features.columns]
    }

    @Test(
        arguments: [1, 1.5, 1.7, 2, 3, .infinity] as [Double],
        [[1, 1, 1], [3, 5, 7], [33, 34, 128], [40, 65, 129], [131, 67, 300], [129, 257, 70]])
    func agreesWithNaiveDistances(p: Double, shape: [Int]) throws {
        let sources = try Self.features(shape[0], shape[2], seed: 1)
        let targets = try Self.features(shape[1], shape[2], seed: 2)
        let cost = try PNormCost(p: p).distances(sources: sources, targets: targets)
        #expect(cost.rows == shape[0] && cost.columns == shape[1])
        for row in 0..<cost.rows {
            for column in 0..<cost.columns {
                let expected = Naive.distance(Self.row(sources, row), Self.row(targets, column), p: p)
                #expect(abs(cost[row, column] - expected) <= Self.tolerance * expected)
            }
        }
    }

    /// Several blocks, and an odd number of kept features in the last one of them.
    @Test(arguments: [1, 1.5, 2, .infinity] as [Double])
    func entryPointsAgreeBitForBit(p: Double) throws {
        let features = try Self.features(150, 200, seed: 3).normalised()
        let kept = [140, 3, 141, 0, 149, 12, 13] + Array(20..<88)
        let distances = try PNormCost(p: p)
        let full = try distances.pairwise(features)
        let subset = try distances.distances(features: features, kept: kept)
        #expect(try subset == full.selectingColumns(kept))
        #expect(try subset == distances.distances(sources: features, targets: features.selectingRows(kept)))
        for row in 0..<150 {
            for column in 0..<150 { #expect(full[row, column] == full[column, row]) }
            #expect(full[row, row] == 0)
            #expect(full.values[row * 150..<(row + 1) * 150].filter { $0 == 0 }.count == 1)
        }
        for (column, row) in kept.enumerated() { #expect(subset[row, column] == 0) }
        #expect(try distances.pairwise(features) == full)
    }

    /// Distances far below the size of the features keep their digits, as do sizes at the ends of the range.
    @Test(
        arguments: [1, 2, 3, .infinity] as [Double], [Float.leastNonzeroMagnitude * 8, 1e-25, 1, 1e25, 3e38])
    func keepsDigitsAtAnyScale(p: Double, scale: Float) throws {
        let base = try Self.features(6, 77, seed: 4, scale: scale)
        var values = base.values
        for column in 0..<77 { values[5 * 77 + column] = values[4 * 77 + column].nextUp }
        let features = try FeatureMatrix(rows: 6, columns: 77, values: values)
        let cost = try PNormCost(p: p).pairwise(features)
        for row in 0..<6 {
            for column in 0..<6 where row != column {
                let (left, right) = (Self.row(features, row), Self.row(features, column))
                // Powers of tiny numbers need a common factor to stay in range.
                let largest = Naive.distance(left, right, p: .infinity)
                let sum = zip(left, right).reduce(0.0) {
                    $0 + pow(abs(Double($1.0) - Double($1.1)) / largest, p)
                }
                let expected = p == .infinity ? largest : largest * pow(sum, 1 / p)
                #expect(expected > 0)
                #expect(abs(cost[row, column] - expected) <= Self.tolerance * expected)
            }
        }
    }

    /// Euclidean distances come from products where features differ enough, and from differences where they do not.
    @Test(arguments: [1, 2, .infinity] as [Double])
    func keepsDigitsWhereFeaturesAreAlike(p: Double) throws {
        let (base, other) = (
            try Self.features(1, 333, seed: 11).values, try Self.features(1, 333, seed: 12).values
        )
        let shares: [Float] = (0...40).map { Float($0) / 40 } + [1 - 1e-3, 1 - 1e-5]
        let values = shares.flatMap { share in zip(base, other).map { share * $0 + (1 - share) * $1 } }
        let features = try FeatureMatrix(rows: shares.count, columns: 333, values: values)
        let cost = try PNormCost(p: p).pairwise(features)
        for row in shares.indices {
            for column in shares.indices {
                let expected = Naive.distance(Self.row(features, row), Self.row(features, column), p: p)
                #expect(abs(cost[row, column] - expected) <= Self.tolerance * expected)
            }
        }
    }

    @Test func zeroFeaturesGiveFiniteDistances() throws {
        var values = try Self.features(4, 10, seed: 5).values
        for column in 0..<10 { values[column] = 0 }
        for column in 20..<30 { values[column] = 0 }
        let features = try FeatureMatrix(rows: 4, columns: 10, values: values).normalised()
        #expect(features.values[0..<10].allSatisfy { $0 == 0 })
        for p in [1, 1.5, 2, 3, .infinity] as [Double] {
            let cost = try PNormCost(p: p).pairwise(features)
            #expect(cost.values.allSatisfy { $0.isFinite })
            #expect(cost[0, 2] == 0)
            #expect(cost[0, 1] > 0)
        }
        #expect(abs(try PNormCost(p: 2).pairwise(features)[0, 1] - 1) < Self.tolerance)
    }

    @Test func rejectsBadInput() throws {
        let features = try Self.features(3, 4, seed: 6)
        let shorter = try Self.features(3, 3, seed: 6)
        for p in [0.5, 0, -1, .nan, -.infinity] as [Double] {
            #expect(throws: TransportError.self) { try PNormCost(p: p) }
        }
        #expect("\(TransportError.invalidExponent(0.5))" == "p must be >= 1, got 0.5")
        #expect(throws: TransportError.self) {
            try PNormCost().distances(sources: features, targets: shorter)
        }
        for kept in [[], [3], [-1], [1, 1]] {
            #expect(throws: TransportError.self) {
                try PNormCost().distances(features: features, kept: kept)
            }
        }
    }

    /// A cost from outside that provides only the one requirement without a default.
    private struct SignDisagreement: GroundCost {
        func distances(sources: FeatureMatrix, targets: FeatureMatrix) throws -> CostMatrix {
            var values: [Double] = []
            for row in 0..<sources.rows {
                for column in 0..<targets.rows {
                    let pairs = zip(PNormCostTests.row(sources, row), PNormCostTests.row(targets, column))
                    values.append(Double(pairs.filter { ($0 < 0) != ($1 < 0) }.count))
                }
            }
            return try CostMatrix(rows: sources.rows, columns: targets.rows, values: values)
        }
    }

    @Test func costsFromOutsideGetTheDefaults() throws {
        let features = try Self.features(9, 21, seed: 7)
        let cost: any GroundCost = SignDisagreement()
        let full = try cost.pairwise(features)
        #expect(full.values.contains { $0 > 0 })
        #expect(try cost.distances(features: features, kept: [5, 2]) == full.selectingColumns([5, 2]))
        #expect(throws: TransportError.self) { try cost.distances(features: features, kept: [9]) }
        #expect(throws: TransportError.self) { try cost.distances(features: features, kept: [2, 2]) }
    }
}
