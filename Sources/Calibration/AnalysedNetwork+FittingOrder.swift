package import Analysis
package import Graph
internal import Torch

extension AnalysedNetwork {
    /// Returns the nodes ordered so that each follows everything it reads, and the term of a sum whose layer has the
    /// most weights comes last.
    ///
    /// Layers are fitted in this order: the last term compensates for the errors of the others, and should be the one
    /// best able to. Nodes that no output needs come last.
    package func fittingOrder() throws -> [NodeID] {
        var order: [NodeID] = []
        var isPlaced = Set<NodeID>()
        for root in graph.outputs.compactMap(source(of:)) + graph.nodeIDs where !isPlaced.contains(root) {
            var stack = [(node: root, pending: try terms(of: root))]
            while let (node, pending) = stack.last {
                if let next = pending.first {
                    stack[stack.count - 1].pending.removeFirst()
                    if !isPlaced.contains(next) { stack.append((next, try terms(of: next))) }
                } else {
                    stack.removeLast()
                    if isPlaced.insert(node).inserted { order.append(node) }
                }
            }
        }
        return order
    }

    private func source(of value: ValueID) -> NodeID? {
        guard case .node(let id) = graph[value].origin else { return nil }
        return id
    }

    /// The nodes that a node reads; for a sum, those with the fewest weights first.
    private func terms(of id: NodeID) throws -> [NodeID] {
        let node = graph[id]
        let sources = node.inputs.compactMap { $0.flatMap(source(of:)) }
        guard case .sum = try effect(of: id) else { return sources }
        func weights(_ id: NodeID) -> Int {
            graph[id].inputs.compactMap { $0.flatMap { graph[$0].tensor?.count } }.reduce(0, +)
        }
        return sources.enumerated().sorted {
            (weights($0.element), $0.offset) < (weights($1.element), $1.offset)
        }.map(\.element)
    }
}
