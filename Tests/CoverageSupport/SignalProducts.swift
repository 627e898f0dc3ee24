internal import Coupling
internal import Graph

/// The groups of which two signals meet in a product, as queries and keys do, and nothing with weights consumes them.
///
/// Where both signals have every channel twice, the sum over channels is twice what it was, which the root of two in both
/// makes up for. Other groups that nothing consumes end in a mean or an extreme, which doubling does not change.
struct SignalProducts {
    /// The groups' indices.
    let groups: Set<Int>

    /// Looks for nodes that have a group's channels in two inputs and in no output.
    init(_ graph: Graph, _ coupling: Coupling) {
        let unconsumed = Set(coupling.groups.filter { $0.members(.consumer).isEmpty }.map(\.index))
        func groups(of value: ValueID) -> Set<Int> {
            graph[value].type.shape.enumerated().reduce(into: []) { found, axis in
                let channels = coupling.channels(value, axis: axis.offset, length: axis.element)
                for case let channel? in channels where unconsumed.contains(channel.group) {
                    found.insert(channel.group)
                }
            }
        }
        var products: Set<Int> = []
        for node in unconsumed.isEmpty ? [] : graph.nodes {
            var counts: [Int: Int] = [:]
            for case let input? in node.inputs where graph[input].tensor == nil {
                for group in groups(of: input) { counts[group, default: 0] += 1 }
            }
            let left = node.outputs.reduce(into: Set<Int>()) { $0.formUnion(groups(of: $1)) }
            products.formUnion(counts.filter { $0.value > 1 && !left.contains($0.key) }.keys)
        }
        self.groups = products
    }
}
