internal import Graph
internal import Torch

/// A network that shares the beginning of another one, and where it departs from it.
struct Variant: Sendable {
    let graph: Graph
    /// The values of the base network from which the outputs can be computed.
    let frontier: Set<ValueID>
    /// The work behind the frontier for one sample, in multiply-accumulates.
    let work: Int

    /// Compares a network with the base it was made from by replacing parameters and operators.
    ///
    /// A node differs where one of its parameters is another tensor, a shape changed, or an input differs.
    init(_ graph: Graph, base: Graph) throws {
        guard graph.values.count == base.values.count, graph.nodes.count == base.nodes.count else {
            throw EvaluationError("\(graph.name) was not made from \(base.name) by changing its parameters")
        }
        var changed: Set<ValueID> = []
        for id in graph.parameters {
            guard let tensor = graph[id].tensor, let original = base[id].tensor else {
                throw EvaluationError("parameter \(graph[id].name) is not one of \(base.name)")
            }
            if !tensor.isIdentical(to: original) { changed.insert(id) }
        }
        var work = 0
        var frontier: Set<ValueID> = []
        for node in graph.nodes {
            let inputs = node.inputs.compactMap { $0 }
            let differs =
                inputs.contains(where: changed.contains)
                || node.outputs.contains { graph[$0].type != base[$0].type }
            guard differs else { continue }
            changed.formUnion(node.outputs)
            frontier.formUnion(inputs.filter { graph[$0].tensor == nil && !changed.contains($0) })
            work +=
                node.op.cost(
                    graph.operatorInputs(node.inputs), outputs: node.outputs.map { graph[$0].type }
                ).multiplyAccumulates
        }
        frontier.formUnion(graph.outputs.filter { !changed.contains($0) })
        self.graph = graph
        self.frontier = frontier
        self.work = work
    }
}
