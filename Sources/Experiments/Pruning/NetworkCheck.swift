public import Graph
public import Torch
internal import Evaluation

/// The last look at a network before it is written.
public enum NetworkCheck {
    /// Verifies a network and runs it once on random input.
    ///
    /// - Throws: `GraphError` for a graph that is not valid, `PruningError` for outputs that are not finite.
    public static func verify(_ graph: Graph, device: Device = .cpu) throws {
        try graph.verify()
        for id in graph.parameters where try graph[id].tensor?.isFinite() == false {
            throw PruningError("the compressed network has values in \(graph[id].name) that are not finite")
        }
        let outputs = try Executor(graph, device: device).run(graph.randomInputs(seed: 1))
        for (id, output) in zip(graph.outputs, outputs) where try !output.isFinite() {
            throw PruningError(
                "the compressed network gives values of \(graph[id].name) on random input that are not finite"
            )
        }
    }
}
