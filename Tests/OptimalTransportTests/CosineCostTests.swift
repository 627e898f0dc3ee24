import OptimalTransport
import Testing

@Suite struct CosineCostTests {
    /// Deviation from a computation in `Double`: features are divided by their norms in `Float`.
    static let tolerance = 1e-6

    private func naive(_ left: ArraySlice<Float>, _ right: ArraySlice<Float>) -> Double {
        func product(_ first: ArraySlice<Float>, _ second: ArraySlice<Float>) -> Double {
            zip(first, second).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        return 1 - product(left, right) / (product(left, left) * product(right, right)).squareRoot()
    }

    @Test(arguments: [[1, 1, 1], [5, 7, 3], [40, 65, 129], [131, 67, 300]])
    func agreesWithNaiveCosines(shape: [Int]) throws {
        let sources = try PNormCostTests.features(shape[0], shape[2], seed: 1, scale: 7)
        let targets = try PNormCostTests.features(shape[1], shape[2], seed: 2, scale: 0.01)
        let cost = try CosineCost().distances(sources: sources, targets: targets)
        #expect(cost.rows == shape[0] && cost.columns == shape[1])
        for row in 0..<cost.rows {
            for column in 0..<cost.columns {
                let expected = naive(
                    PNormCostTests.row(sources, row), PNormCostTests.row(targets, column))
                #expect(abs(cost[row, column] - expected) <= Self.tolerance)
            }
        }
    }

    @Test func entryPointsAgree() throws {
        let features = try PNormCostTests.features(70, 40, seed: 3)
        let kept = [60, 3, 41, 0]
        let full = try CosineCost().pairwise(features)
        #expect(try full.selectingColumns(kept) == CosineCost().distances(features: features, kept: kept))
        for row in 0..<70 {
            #expect(full[row, row] == 0)
            for column in 0..<70 { #expect(full[row, column] == full[column, row]) }
        }
    }

    @Test func strengthDoesNotCountAndOppositesAreFarthest() throws {
        let features = try FeatureMatrix(rows: 4, columns: 2, values: [3, 4, 30, 40, -3, -4, 4, -3])
        let cost = try CosineCost().pairwise(features)
        #expect(abs(cost[0, 1]) <= Self.tolerance)
        #expect(abs(cost[0, 2] - 2) <= Self.tolerance)
        #expect(abs(cost[0, 3] - 1) <= Self.tolerance)
    }

    @Test func zeroFeaturesAreEquallyFarFromAllOthers() throws {
        let features = try FeatureMatrix(rows: 4, columns: 2, values: [0, 0, 1, 2, 0, 0, 3, -1])
        let cost = try CosineCost().pairwise(features)
        #expect(cost[0, 1] == 1 && cost[0, 3] == 1 && cost[1, 2] == 1 && cost[0, 2] == 0 && cost[0, 0] == 0)
        #expect(try CosineCost().distances(sources: features, targets: features) == cost)
    }
}
