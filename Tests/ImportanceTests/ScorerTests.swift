import Coupling
import Graph
import Importance
import NetworkSupport
import Testing
import Torch

/// A criterion whose scores the test decides.
private struct Given: ImportanceCriterion {
    static let name = "given"
    static let summary = "scores of a test"
    var scores: [[Double]]

    init(_ scores: [[Double]]) { self.scores = scores }
    init(options: ImportanceOptions) { scores = [] }

    func memberScores(_ context: ImportanceContext) -> [[Double]] { scores }
}

@Suite("Scores of channels")
struct ScorerTests {
    private static let members: [[Double]] = [[4, 1, 2.5, 0], [2, 3, 0.5, 0.25], [6, 0, 9, 1]]

    private func scores(
        _ members: [[Double]], _ reduction: ImportanceScorer.Reduction = .mean,
        _ normaliser: ImportanceScorer.Normaliser = .mean
    ) throws -> [Double] {
        try ImportanceScorer(Given(members), reduction: reduction, normaliser: normaliser)
            .scores(ScoredNetwork().context)
    }

    @Test("every reduction over members", arguments: ImportanceScorer.Reduction.allCases)
    func reduction(_ reduction: ImportanceScorer.Reduction) throws {
        let expected: [Double] =
            switch reduction {
            case .mean: [4, 4.0 / 3, 4, 1.25 / 3]
            case .sum: [12, 4, 12, 1.25]
            case .max: [6, 3, 9, 1]
            case .product: [48, 0, 11.25, 0]
            case .first: [4, 1, 2.5, 0]
            }
        let found = try scores(Self.members, reduction, .none)
        #expect(difference(found, expected) <= scoreTolerance, "\(found), expected \(expected)")
    }

    @Test("every normaliser over channels", arguments: ImportanceScorer.Normaliser.allCases)
    func normaliser(_ normaliser: ImportanceScorer.Normaliser) throws {
        // Mean 2, sum 8, squared deviations 4 + 1 + 1 + 4.
        let deviation = (10.0 / 3).squareRoot()
        let expected: [Double] =
            switch normaliser {
            case .none: [4, 1, 3, 0]
            case .mean: [2, 0.5, 1.5, 0]
            case .sum: [0.5, 0.125, 0.375, 0]
            case .max: [1, 0.25, 0.75, 0]
            case .standardise: [1, 0.25, 0.75, 0]
            case .gaussian: [2, -1, 1, -2].map { $0 / deviation }
            }
        let found = try scores([[4, 1, 3, 0]], .mean, normaliser)
        #expect(difference(found, expected) <= scoreTolerance, "\(found), expected \(expected)")
        let shifted = try scores([[5, 2, 4, 1]], .mean, .standardise)
        #expect(difference(shifted, [1, 0.25, 0.75, 0]) <= scoreTolerance)
    }

    @Test(
        "scores that are all zero or all equal stay equal and finite",
        arguments: ImportanceScorer.Normaliser.allCases)
    func constant(_ normaliser: ImportanceScorer.Normaliser) throws {
        for value in [0, 3.0, 1e300, 1e-300] {
            let found = try scores([[Double](repeating: value, count: 4)], .mean, normaliser)
            #expect(Set(found).count == 1 && found[0].isFinite, "\(value): \(found)")
            #expect(ImportanceScorer.mostImportant(found, count: 2) == [0, 1])
        }
    }

    @Test("scores that are not finite are an error, also where the reduction makes them so")
    func notFinite() throws {
        let cases: [([[Double]], ImportanceScorer.Reduction)] = [
            ([[1, .nan, 1, 1]], .mean), ([[1, .infinity, 1, 1]], .max),
            ([[1e300, 1, 1, 1], [1e300, 1, 1, 1]], .product),
            ([[1.7e308, 1, 1, 1], [1.7e308, 1, 1, 1]], .sum),
        ]
        for (members, reduction) in cases {
            let error = #expect(throws: ImportanceError.self, "\(members) \(reduction)") {
                try scores(members, reduction)
            }
            #expect(error?.description.contains("finite") == true)
            #expect(error?.description.contains("group 0") == true)
        }
    }

    @Test("nothing to score and a list of another length are errors")
    func unfit() throws {
        #expect(throws: ImportanceError.self) { try scores([]) }
        #expect(throws: ImportanceError.self) { try scores([[1, 2, 3]]) }
    }

    @Test(
        "the most important come in ascending order, among equals the first",
        arguments: 0..<50 as Range<UInt64>)
    func mostImportant(seed: UInt64) {
        var generator = SplitMixGenerator(seed: seed)
        let count = Int.random(in: 1...40, using: &generator)
        // Few values, so that there are ties.
        let scores = (0..<count).map { _ in Double(Int.random(in: 0...5, using: &generator)) }
        let number = Int.random(in: 0...count, using: &generator)
        let kept = ImportanceScorer.mostImportant(scores, count: number)
        #expect(kept.count == number, "seed \(seed)")
        #expect(zip(kept, kept.dropFirst()).allSatisfy { $0 < $1 }, "seed \(seed)")
        for channel in scores.indices where !kept.contains(channel) {
            for other in kept {
                let isBetter = scores[other] > scores[channel]
                #expect(isBetter || (scores[other] == scores[channel] && other < channel), "seed \(seed)")
            }
        }
    }
}
