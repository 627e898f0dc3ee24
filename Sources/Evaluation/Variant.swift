internal import Graph
internal import Torch

/// A network that shares the beginning of another one, and where it branches off.
struct Variant: Sendable {
    let graph: Graph
    /// The values of the base network from which the outputs can be computed.
    let frontier: Set<ValueID>
    /// The values of the base network that, multiplied by a channel map's M, become the variant's.
    let mixed: Set<ValueID>
    /// Multiplies them.
    let mixer: ChannelMixer?
    /// The work after the frontier for one sample, in multiply-accumulates.
    let work: Int

    /// How much more work than mixing its base's output a node must be, for keeping that output to pay.
    private static let mixingGain = 2

    /// Compares a network with the base it was made from by replacing parameters and operators.
    ///
    /// A node differs where one of its parameters is another tensor, a shape changed, or an input differs.
    init(_ variant: EvaluationVariant, base: Graph, device: Device) throws {
        let graph = variant.graph
        // Lengths that a change stores for single nodes are values after all others.
        guard graph.values.count >= base.values.count, graph.nodes.count == base.nodes.count else {
            throw EvaluationError("\(graph.name) was not made from \(base.name) by changing its parameters")
        }
        var changed: Set<ValueID> = []
        for id in graph.parameters {
            guard id.number < base.values.count else {
                changed.insert(id)
                continue
            }
            guard let tensor = graph[id].tensor, let original = base[id].tensor else {
                throw EvaluationError("parameter \(graph[id].name) is not one of \(base.name)")
            }
            if !tensor.isIdentical(to: original) { changed.insert(id) }
        }
        let mixable =
            try variant.change.map { try ChannelMixer.mixedValues($0.map, of: $0.group, in: base) } ?? [:]
        var work = 0
        var mixed: Set<ValueID> = []
        var frontier: Set<ValueID> = []
        for node in graph.nodes {
            let inputs = node.inputs.compactMap { $0 }
            let differs =
                inputs.contains(where: changed.contains)
                || node.outputs.contains { graph[$0].type != base[$0].type }
            guard differs else { continue }
            let values = inputs.filter { graph[$0].tensor == nil }
            let cost =
                node.op.cost(
                    graph.operatorInputs(node.inputs), outputs: node.outputs.map { graph[$0].type }
                ).multiplyAccumulates
            if let output = node.outputs.first, let mixing = mixable[output],
                cost > Self.mixingGain * mixing, !values.contains(where: changed.contains)
            {
                mixed.insert(output)
                frontier.insert(output)
                work += mixing
            } else {
                frontier.formUnion(values.filter { !changed.contains($0) })
                work += cost
            }
            changed.formUnion(node.outputs)
        }
        frontier.formUnion(graph.outputs.filter { !changed.contains($0) })
        self.graph = graph
        self.frontier = frontier
        self.mixed = mixed
        mixer = mixed.isEmpty ? nil : try variant.change.map { try ChannelMixer($0.map, device: device) }
        self.work = work
    }
}
