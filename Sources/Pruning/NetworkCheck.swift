internal import Evaluation
public import Graph
public import Torch

/// The final check of a network before it is written.
public enum NetworkCheck {
    /// Verifies a network and runs it once on random input.
    ///
    /// - Parameters:
    ///   - graph: The network.
    ///   - original: The network it was made from: a stored tensor that was not finite there, such as a mask, may stay
    ///     so, and so may an output that is not finite on that input.
    ///   - device: Where it runs.
    /// - Throws: `GraphError` if the graph is invalid, `PruningError` for weights or outputs that are not finite.
    public static func verify(_ graph: Graph, madeOf original: Graph? = nil, device: Device = .cpu) throws {
        try graph.verify()
        for id in graph.parameters where try graph[id].tensor?.isFinite() == false {
            let before = original.flatMap { dense in
                dense.value(named: graph[id].name).flatMap { dense[$0].tensor }
            }
            if try before?.isFinite() == false { continue }
            throw PruningError("the compressed network has values in \(graph[id].name) that are not finite")
        }
        let inputs = try graph.randomInputs(seed: 1)
        let outputs = try Executor(graph, device: device).run(inputs)
        var dense: [Tensor]?
        for (index, output) in outputs.enumerated() where try !output.isFinite() {
            let id = graph.outputs[index]
            // The network's own design may give an infinite logarithm or quotient on such inputs.
            if dense == nil { dense = try original.map { try Executor($0, device: device).run(inputs) } }
            if let dense, dense.indices.contains(index), try !dense[index].isFinite() { continue }
            throw PruningError(
                "the compressed network gives values of \(graph[id].name) on random input that are not finite"
            )
        }
    }

    /// The greatest difference of outputs that rounding can explain, as a share of the greatest output.
    private static let rounding = 1e-3

    /// Whether two networks give the same outputs but for rounding.
    static func areAlike(
        _ first: Graph, _ second: Graph, on inputs: [Tensor], device: Device
    ) throws -> Bool {
        let left = try Executor(first, device: device).run(inputs)
        let right = try Executor(second, device: device).run(inputs)
        return try zip(left, right).allSatisfy { left, right in
            guard left.type.isFloatingPoint, left.shape == right.shape else {
                return left.shape == right.shape
            }
            let (left, right) = (try left.doubles(), try right.doubles())
            let greatest = left.lazy.map(abs).max() ?? 0
            return zip(left, right).allSatisfy {
                abs($0 - $1) <= rounding * greatest || (!$0.isFinite && !$1.isFinite)
            }
        }
    }
}
