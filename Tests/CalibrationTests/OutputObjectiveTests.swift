import Calibration
import Foundation
import Testing
import Torch

@Suite("What a refinement descends on")
struct OutputObjectiveTests {
    private func distance(_ objective: OutputObjective, _ found: Tensor, _ wanted: Tensor) throws -> Double {
        try objective.distance(found, wanted).answers.scalar()
    }

    private func evidence(_ objective: OutputObjective, _ found: Tensor, _ wanted: Tensor) throws -> Double? {
        try objective.distance(found, wanted).evidence?.scalar()
    }

    @Test("chances count by their divergence as a share of what the mean chance costs")
    func chances() throws {
        // One of a hundred is likely.
        let values = (0..<100).map { $0 == 7 ? 0.8 : 0.001 }
        let wanted = try Tensor(values, shape: [1, 1, 100])
        let objective = try #require(try OutputObjective([wanted]))
        #expect(try distance(objective, wanted, wanted) == 0)
        let mean = values.reduce(0, +) / 100
        let constant = try Tensor(repeating: mean, shape: [1, 1, 100], type: .float64)
        #expect(abs(try distance(objective, constant, wanted) - 1) < 1e-6)
        // Missing the likely one is nearly as bad as knowing nothing.
        let missed = try Tensor(values.map { $0 > 0.5 ? 0.001 : $0 }, shape: [1, 1, 100])
        #expect(try distance(objective, missed, wanted) > 0.9)
    }

    @Test("other channels count by their error as a share of their variance, whatever their scale")
    func channels() throws {
        let base: [Double] = [-3, 1, 2, 4]
        let wanted = try Tensor(base + base.map { 1000 * $0 }, shape: [1, 2, 4])
        let objective = try #require(try OutputObjective([wanted]))
        let mean = try wanted.reduced(.mean, axes: [2], keepingAxes: true)
        let constant = try wanted.applying(.multiplied(0)).adding(mean)
        #expect(abs(try distance(objective, constant, wanted) - 1) < 1e-9)
        let second = try Tensor(base + [Double](repeating: 1000, count: 4), shape: [1, 2, 4])
        #expect(abs(try distance(objective, second, wanted) - 0.5) < 1e-9)
    }

    @Test("chances and quantities beside each other count half each; channels that do not vary count nothing")
    func kinds() throws {
        let chance = (0..<8).map { $0 == 3 ? 0.9 : 0.1 }
        let quantity = (0..<8).map { Double($0 * $0) }
        let constant = [Double](repeating: 5, count: 8)
        let wanted = try Tensor(chance + quantity + constant, shape: [1, 3, 8])
        let objective = try #require(try OutputObjective([wanted]))
        func mean(_ values: [Double]) -> [Double] {
            [Double](repeating: values.reduce(0, +) / 8, count: 8)
        }
        let changes: [([Double], [Double], [Double], Double)] = [
            (mean(chance), quantity, constant, 0.5), (chance, mean(quantity), constant, 0.5),
            (chance, quantity, constant.map { $0 + 3 }, 0),
        ]
        for (first, second, third, expected) in changes {
            let found = try Tensor(first + second + third, shape: [1, 3, 8])
            #expect(abs(try distance(objective, found, wanted) - expected) < 1e-6)
        }
    }

    @Test("a chance's evidence is its log odds, however small it is")
    func evidenceOfChances() throws {
        let wanted = try Tensor([0.5, 0.001, 1e-5, 0.9], shape: [1, 1, 4])
        let objective = try #require(try OutputObjective([wanted]))
        // Odds twice as high everywhere.
        let odds = try wanted.doubles().map { 2 * $0 / (1 - $0) }
        let found = try Tensor(odds.map { $0 / (1 + $0) }, shape: [1, 1, 4])
        let error = try #require(try evidence(objective, found, wanted))
        #expect(abs(error - log(2.0) * log(2.0)) < 1e-9)
    }

    @Test("channels that are no chances hold no evidence")
    func withoutEvidence() throws {
        let wanted = try Tensor([-3, 1, 2, 4] as [Double], shape: [1, 1, 4])
        let objective = try #require(try OutputObjective([wanted]))
        #expect(try evidence(objective, wanted, wanted) == nil)
    }

    @Test("probabilities count as the scores do of which they are made")
    func probabilities() throws {
        let scores = try Tensor(random: .normal, shape: [4, 8], seed: 1)
        let others = try scores.adding(
            Tensor(random: .normal, shape: [4, 8], seed: 2).applying(.multiplied(0.1)))
        let ofScores = try #require(try OutputObjective([scores]))
        let ofShares = try #require(try OutputObjective([scores.softmax(axis: 1)]))
        let (first, second) = (
            try ofScores.distance(others, scores),
            try ofShares.distance(others.softmax(axis: 1), scores.softmax(axis: 1))
        )
        #expect(abs(try first.answers.scalar() - second.answers.scalar()) < 1e-5)
        let (a, b) = (try #require(first.evidence), try #require(second.evidence))
        #expect(abs(try a.scalar() - b.scalar()) < 1e-5)
        #expect(try a.scalar() > 1e-3)
    }

    @Test("boxes count by their size where the original is sure of them", arguments: [false, true])
    func boxes(isTransposed: Bool) throws {
        let places = 128
        let columns = (0..<places).map { place -> [Double] in
            let sure = place % 16 == 0 ? 0.9 : 0.01
            // A sum of one at every place would be a probability.
            return [Double(place), 10, place % 2 == 0 ? 20 : 40, 30 + Double(place % 5)]
                + (isTransposed ? [sure, 0.5, 0.25] : [sure, 0.005])
        }
        func output(_ columns: [[Double]]) throws -> Tensor {
            let tensor = try Tensor(columns.flatMap { $0 }, shape: [1, places, columns[0].count])
            return try isTransposed ? tensor : tensor.permuted([0, 2, 1])
        }
        func moved(_ isMoved: (Int) -> Bool) throws -> Tensor {
            try output(
                columns.enumerated().map { place, column in
                    isMoved(place) ? [column[0] + 5] + column.dropFirst() : column
                })
        }
        let wanted = try output(columns)
        let objective = try #require(try OutputObjective([wanted]))
        let (sure, unsure, large) = (
            try distance(objective, moved { $0 % 16 == 0 }, wanted),
            try distance(objective, moved { $0 % 16 == 2 }, wanted),
            try distance(objective, moved { $0 % 16 == 1 }, wanted)
        )
        #expect(abs(sure / unsure - 90) < 1)
        #expect(abs(unsure / large - 2) < 0.01)
        // Eight boxes of a width of 20 are moved by 5 each, and weigh twice.
        let confidence = columns.map { isTransposed ? $0[4] * max($0[5], $0[6]) : $0[4] }.reduce(0, +)
        let moves = 8 * (isTransposed ? 0.45 : 0.9) * 5 / 20
        #expect(abs(sure - 2 * moves / confidence) < 1e-6)
    }

    @Test("a matrix of embeddings is not taken for class scores alone")
    func embeddings() throws {
        // Rows of length 1, on which a softmax is nearly constant.
        let rows = try Tensor(random: .normal, shape: [4, 64], seed: 1)
        let length = try rows.multiplied(by: rows).reduced(.sum, axes: [1], keepingAxes: true)
            .applying(.squareRoot)
        let wanted = try rows.divided(by: length)
        let objective = try #require(try OutputObjective([wanted]))
        #expect(try #require(try evidence(objective, wanted, wanted)) < 1e-9)
        #expect(try #require(try evidence(objective, wanted.applying(.multiplied(0)), wanted)) > 0.9 / 64)
    }

    @Test("integers cannot be descended on")
    func integers() throws {
        #expect(try OutputObjective([Tensor(repeating: 1, shape: [2, 3], type: .int64)]) == nil)
        #expect(try OutputObjective([]) == nil)
    }
}
