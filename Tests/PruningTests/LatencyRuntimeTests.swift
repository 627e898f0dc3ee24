import Compression
import Evaluation
import Graph
import NetworkSupport
import Pruning
import Synchronization
import Testing
import Torch

@Suite("What measures a budget of latency")
struct LatencyRuntimeTests {
    /// A runtime that remembers the networks it was given.
    private final class Recorder: InferenceRuntime {
        let name = "Recorder"
        let version = "1"
        let threads = 1
        let isOwn = true
        let seen = Mutex<[Int]>([])

        func prepare(_ graph: Graph, inputs: [Tensor]) throws -> any PreparedNetwork {
            seen.withLock { $0.append(graph.parameterCount) }
            return try LibtorchRuntime().prepare(graph, inputs: inputs)
        }
    }

    @Test("the search measures its candidates in the pruner's runtime")
    func candidates() throws {
        var sketch = try Sketch(input: [1, 8])
        let inner = try sketch.linear("inner", sketch.input, outputs: 32)
        let active = try sketch.node("Relu", "active", [inner])
        sketch.finish([try sketch.linear("scores", active, outputs: 3)])
        let recorder = Recorder()
        var pruner = try Pruner(
            sketch.graph, options: PruningOptions(budgets: [Budget(.latency, limit: 0.5)], rule: "delete"))
        pruner.runtime = recorder
        // Whether so small a network reaches the budget is chance.
        _ = try? pruner.run()
        let seen = recorder.seen.withLock { $0 }
        #expect(seen.first == sketch.graph.parameterCount)
        #expect(seen.dropFirst().contains { $0 < sketch.graph.parameterCount })
    }
}
