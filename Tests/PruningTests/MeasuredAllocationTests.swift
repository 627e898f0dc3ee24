import Calibration
import Compression
import Coupling
import Evaluation
import Graph
import NetworkSupport
import Pruning
import Testing

@Suite("Allocation by measurement")
struct MeasuredAllocationTests {
    @Test("the budget is kept, with inputs and without, and the result is judged on others")
    func budget() throws {
        let graph = try BundledNetwork.digits("resnet18")
        for calibrates in [false, true] {
            var options = try PruningOptions(
                effort: .minimal, budgets: [Budget(.multiplyAccumulates, limit: 0.7)],
                allocation: MeasuredAllocation.name)
            if calibrates { options.calibration = try CalibrationRequest(source: .synthetic, images: 48) }
            let pruner = try Pruner(graph, options: options)
            let result = try pruner.run()
            #expect(result.outcomes[0].reached <= 0.7 && result.outcomes[0].reached > 0.6)
            let judgement = try #require(try pruner.fidelity(of: result))
            #expect(judgement.inputs == .photographs && judgement.fidelity.samples >= 8)
            #expect(judgement.fidelity.outputs.count == 1)
        }
    }
}
