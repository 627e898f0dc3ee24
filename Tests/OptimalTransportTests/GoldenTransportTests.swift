import Foundation
import OptimalTransport
import TestSupport
import Testing

/// One problem with the optimum that an independent solver found.
private struct GoldenProblem: Decodable {
    let name: String
    let sources: Int
    let targets: Int
    let cost: [Double]
    let sourceMarginal: [Double]
    let targetMarginal: [Double]
    let optimalCost: Double
    let plan: [SparseMatrix.Entry]
    let unique: Bool
}

@Suite struct GoldenTransportTests {
    /// Deviation of the optimal cost, relative.
    static let costTolerance = 1e-9
    /// Deviation of a mass where the optimal plan is unique.
    static let massTolerance = 1e-9

    @Test(
        .enabled(if: SharedFiles.has("reference/transport"), Comment(rawValue: SharedFiles.missing)),
        arguments: [
            "all_but_one_33x32_p1", "free_targets_64x16_p2", "importance_both_128x51_p1",
            "importance_source_64x32_p1", "importance_target_64x32_p1", "single_target_33x1_p1",
            "square_40x40_p1", "ties_48x24_p1", "uniform_100x30_p2", "uniform_64x32_p1", "uniform_64x44_p1",
            "zeros_in_source_60x20_p1",
        ])
    func agrees(name: String) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let golden = try decoder.decode(
            GoldenProblem.self,
            from: Data(contentsOf: SharedFiles.file("reference/transport/\(name).json")))
        let problem = try TransportProblem(
            cost: CostMatrix(rows: golden.sources, columns: golden.targets, values: golden.cost),
            source: Marginal(golden.sourceMarginal), target: Marginal(golden.targetMarginal))
        let plan = try NetworkSimplexSolverTests.solveAndCheck(problem, name)
        #expect(abs(plan.totalCost - golden.optimalCost) <= Self.costTolerance * abs(golden.optimalCost))
        guard golden.unique else { return }
        var expected = [Double](repeating: 0, count: golden.cost.count)
        for entry in golden.plan { expected[entry.row * golden.targets + entry.column] = entry.value }
        for (got, wanted) in zip(plan.masses.dense(), expected) {
            #expect(abs(got - wanted) <= Self.massTolerance)
        }
    }
}
