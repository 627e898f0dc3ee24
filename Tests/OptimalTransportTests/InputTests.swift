import Foundation
import OptimalTransport
import Testing

@Suite struct InputTests {
    @Test func costMatrixChecksItsEntries() throws {
        #expect(throws: TransportError.wrongElementCount(what: "cost matrix", rows: 2, columns: 2, got: 3)) {
            try CostMatrix(rows: 2, columns: 2, values: [1, 2, 3])
        }
        for (rows, columns) in [(0, 1), (1, 0), (-1, -1), (Int.max, 2)] {
            #expect(throws: TransportError.invalidShape(what: "cost matrix", rows: rows, columns: columns)) {
                try CostMatrix(rows: rows, columns: columns, values: [1])
            }
        }
        for bad in [Double.nan, .infinity, -.infinity] {
            let error = #expect(throws: TransportError.self) {
                try CostMatrix(rows: 2, columns: 3, values: [1, 2, 3, 4, bad, 6])
            }
            #expect(error?.description.contains("at row 1, column 1") == true)
        }
        let matrix = try CostMatrix(rows: 2, columns: 3, values: [1, 2, 3, 4, 5, -6])
        #expect(matrix[1, 2] == -6)
        #expect(matrix.largestMagnitude == 6)
        #expect(try matrix.selectingColumns([2, 0]).values == [3, 1, -6, 4])
        #expect(throws: TransportError.self) { try matrix.selectingColumns([]) }
        #expect(throws: TransportError.self) { try matrix.selectingColumns([3]) }
    }

    @Test func featureMatrixChecksItsValues() throws {
        #expect(throws: TransportError.self) { try FeatureMatrix(rows: 2, columns: 2, values: [1]) }
        #expect(throws: TransportError.self) { try FeatureMatrix(rows: 0, columns: 2, values: []) }
        for position in [0, 16, 39] {
            var values = [Float](repeating: 1, count: 40)
            values[position] = position == 16 ? .infinity : .nan
            let error = #expect(throws: TransportError.self) {
                try FeatureMatrix(rows: 4, columns: 10, values: values)
            }
            let place = "at row \(position / 10), column \(position % 10)"
            #expect(error?.description.contains(place) == true)
        }
    }

    @Test(arguments: [1e-30, 1, 1e30] as [Float])
    func normalisedRowsHaveUnitNorm(scale: Float) throws {
        let features = try PNormCostTests.features(5, 43, seed: 8, scale: scale)
        let unit = features.normalised()
        for row in 0..<5 {
            let before = PNormCostTests.row(features, row)
            let after = PNormCostTests.row(unit, row)
            let norm = before.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            for (value, original) in zip(after, before) {
                #expect(abs(Double(value) - Double(original) / norm) <= 1e-7)
            }
        }
        #expect(
            try features.selectingRows([4, 1]).values == Array(PNormCostTests.row(features, 4))
                + PNormCostTests.row(features, 1))
        #expect(throws: TransportError.self) { try features.selectingRows([5]) }
    }

    @Test func marginalsAreValidatedAndScaled() throws {
        #expect(try Marginal.uniform(4).masses == [0.25, 0.25, 0.25, 0.25])
        #expect(try Marginal.proportional(to: [3, 0, 1]).masses == [0.75, 0, 0.25])
        #expect(try Marginal([0.5, 0.5]).masses == [0.5, 0.5])
        let huge = try Marginal.proportional(to: [1e308, 1e308, 0])
        #expect(huge.masses == [0.5, 0.5, 0])
        let tiny = try Marginal.proportional(to: [.leastNonzeroMagnitude, .leastNonzeroMagnitude])
        #expect(tiny.masses == [0.5, 0.5])
        #expect(abs(try Marginal([0.3, 0.7000005]).masses.reduce(0, +) - 1) < 1e-15)

        #expect(throws: TransportError.self) { try Marginal.uniform(0) }
        #expect(throws: TransportError.self) { try Marginal([]) }
        #expect(throws: TransportError.self) { try Marginal([0.5, 0.6]) }
        #expect(throws: TransportError.zeroTotalWeight(count: 2)) { try Marginal.proportional(to: [0, 0]) }
        #expect(throws: TransportError.invalidWeight(index: 1, value: -1)) {
            try Marginal.proportional(to: [2, -1])
        }
        #expect(throws: TransportError.self) { try Marginal.proportional(to: [1, .nan]) }
        #expect(throws: TransportError.self) { try Marginal.proportional(to: [.infinity, 1]) }
    }

    @Test func problemsCheckTheirSizes() throws {
        let cost = try CostMatrix(rows: 2, columns: 3, values: [1, 2, 3, 4, 5, 6])
        #expect(throws: TransportError.self) {
            try TransportProblem(cost: cost, source: .uniform(3), target: .uniform(3))
        }
        #expect(throws: TransportError.self) {
            try TransportProblem(cost: cost, source: .uniform(2), target: .uniform(2))
        }
    }
}
