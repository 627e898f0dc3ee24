internal import Coupling
internal import Graph

extension GroupMoments {
    /// The requested values, and those between them and the group's producers; no others are computed.
    ///
    /// - Parameter targets: The requested values; nil is those through which layers read the group's
    ///   channels.
    static func values(
        leadingTo targets: Set<ValueID>?, from group: CoupledGroup, in network: AnalysedNetwork
    ) throws -> (path: Set<ValueID>, targets: Set<ValueID>) {
        let graph = network.graph
        let producers = Set(group.members(.producer).map(\.parameter))
        let consumers = Set(group.members(.consumer).map(\.parameter))
        let filters = Set(group.members(.perChannel).map(\.parameter))
        var reached: Set<ValueID> = []
        var read = targets ?? []
        for id in graph.nodeIDs {
            let node = graph[id]
            let inputs = node.inputs.compactMap { $0 }
            if targets == nil, inputs.contains(where: consumers.contains) { read.formUnion(inputs) }
            guard let output = node.outputs.first, node.outputs.count == 1 else { continue }
            if inputs.contains(where: producers.contains) {
                reached.insert(output)
            } else if inputs.contains(where: reached.contains) {
                switch try network.effect(of: id) {
                case .unknown, .matrixProduct: break
                case .filter:
                    if inputs.contains(where: filters.contains) { reached.insert(output) }
                case .sum, .product, .elementwise:
                    if inputs.allSatisfy({ reached.contains($0) || graph[$0].known != nil }) {
                        reached.insert(output)
                    }
                case .rectification, .function, .arrangement, .average, .maximum, .normalisation:
                    reached.insert(output)
                }
            }
        }
        var wanted = read.intersection(reached)
        for id in graph.nodeIDs.reversed() {
            let node = graph[id]
            guard let output = node.outputs.first, wanted.contains(output),
                !node.inputs.contains(where: { $0.map(producers.contains) ?? false })
            else { continue }
            wanted.formUnion(node.inputs.compactMap { $0 }.filter(reached.contains))
        }
        return (wanted, read)
    }
}
