import Analysis
import AnalysisSupport
import Calibration
import Compression
import Graph
import Importance
import NetworkSupport
import Testing
import Torch

/// What does not fit the memory goes to a file and comes back: nothing may depend on it.
@Suite("Memory of calibration")
struct CalibrationMemoryTests {
    private func network() throws -> Graph {
        var sketch = try Sketch(input: [4, 3, 6, 6])
        let first = try sketch.node("Relu", "r1", [sketch.convolution("a", sketch.input, outputs: 8)])
        // A value that is read again later, and one that both networks share.
        let second = try sketch.node("Relu", "r2", [sketch.convolution("b", first, outputs: 8)])
        let sum = try sketch.node("Add", "s", [first, second])
        let third = try sketch.node("Relu", "r3", [sketch.convolution("c", sum, outputs: 6)])
        try sketch.classifier(third)
        return sketch.graph
    }

    private func calibration(memory: Int) throws -> Calibration {
        Calibration(images: 5, memory: memory) { index in
            // The last batch is smaller.
            [try Tensor(random: .normal, shape: [index == 4 ? 2 : 4, 3, 6, 6], seed: UInt64(index + 1))]
        }
    }

    @Test(
        "fitted and repaired layers and measured moments are the same bit for bit",
        arguments: [0, 3_000, 40_000])
    func spilled(memory: Int) throws {
        let graph = try network()
        let scorer = ImportanceScorer(L1Importance(options: ImportanceOptions()))
        let plan = try CompressionPlan.make(
            for: graph, sparsity: Sparsity(0.5), rule: MeanRule(), order: .simultaneous
        ) { try GroupAnalysis($0, in: $1, scorer: scorer) }.plan
        let (all, little) = (try calibration(memory: .max), try calibration(memory: memory))
        let fitted = try LayerReconstruction(all).apply([plan], to: graph)
        let fittedAgain = try LayerReconstruction(little).apply([plan], to: graph)
        #expect(!fitted.layers.isEmpty && fitted.layers == fittedAgain.layers)
        let repaired = try StatisticsRepair(all).apply([plan], to: graph)
        let repairedAgain = try StatisticsRepair(little).apply([plan], to: graph)
        #expect(!repaired.layers.isEmpty && repaired.layers == repairedAgain.layers)
        for (first, second) in [(fitted.graph, fittedAgain.graph), (repaired.graph, repairedAgain.graph)] {
            #expect(try first.differences(from: second).isEmpty)
        }
    }

    @Test(
        "a value that both networks compute alike is computed once, and the graph as it is needs no second one"
    )
    func shared() throws {
        let graph = try network()
        let walk = try CalibrationWalk(
            AnalysedNetwork(graph), compressed: graph, try calibration(memory: .max))
        var seen: [CalibrationWalk.Network: Int] = [:]
        for id in graph.nodeIDs { walk.pass(id) }
        try walk.run { _, network, _ in seen[network, default: 0] += 1 }
        #expect(seen == [.original: 5 * graph.nodeIDs.count])
    }
}
