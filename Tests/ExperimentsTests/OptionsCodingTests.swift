import Analysis
import Calibration
import Compression
import Experiments
import Foundation
import Importance
import Pruning
import Testing

/// Options as they are stored.
@Suite struct OptionsCodingTests {
    /// Every scoring option another than its default.
    private static let scoring = ScoringOptions(
        folding: .reference, importance: "taylor", reduction: .max, normaliser: .gaussian,
        transport: TransportOptions(p: .infinity, source: .importance, epsilon: 0.5), seed: 9, batches: 2,
        criterionBatchSize: 16)

    private func fields(_ data: Data) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test("pruning options come back, with the scoring's fields beside their own")
    func pruning() throws {
        var options = try PruningOptions(
            effort: .minimal, groups: [2, 0], ignored: ["conv*"], sparsities: [1: Sparsity(0.25)],
            sparsity: Sparsity(0.5),
            budgets: [Budget(.parameters, limit: 0.4)], rule: "mean", allocation: "global",
            limits: WidthLimits(multiple: 4, minimum: 2, maximumSparsity: 0.8), steps: 3,
            schedule: .geometric, order: .backward, scoring: Self.scoring, latencyBatchSize: 7,
            allowsNothing: true, calibration: CalibrationRequest(source: .synthetic, images: 8, seed: 3))
        var data = try JSONEncoder().encode(options)
        #expect(try JSONDecoder().decode(PruningOptions.self, from: data) == options)
        let stored = try fields(data)
        #expect(stored["importance"] as? String == "taylor" && stored["seed"] as? Int == 9)
        #expect(stored["steps"] as? Int == 3 && stored["scoring"] == nil && stored.count == 24)
        (options.groups, options.sparsity, options.calibration) = (nil, nil, nil)
        data = try JSONEncoder().encode(options)
        #expect(try JSONDecoder().decode(PruningOptions.self, from: data) == options)
    }

    @Test("sweep options come back, with the scoring's fields beside their own")
    func sweep() throws {
        let options = SweepOptions(
            groups: [1], sparsities: [try Sparsity(0.5)], rules: ["mean"], scoring: Self.scoring, samples: 5,
            batchSize: 3)
        let data = try JSONEncoder().encode(options)
        #expect(try JSONDecoder().decode(SweepOptions.self, from: data) == options)
        let stored = try fields(data)
        #expect(stored["normaliser"] as? String == "gaussian" && stored["batch_size"] == nil)
        #expect(stored["batchSize"] as? Int == 3 && stored["scoring"] == nil && stored.count == 13)
    }
}
