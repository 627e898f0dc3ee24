internal import Graph

/// Builds the classes of lanes and sorts them into groups.
struct ClassBuilder {
    let graph: Graph
    let table: LaneTable
    var sets: UnionFind
    /// Runs of lanes that must stay, with the number of the reason.
    private(set) var freezes: [(lane: Int, count: Int, reason: Int)] = []
    /// Why lanes must stay, each reason once.
    private(set) var reasons: [String] = []
    private(set) var roles: [AxisKey: MemberRole] = [:]
    /// Axes that consume channels in one place and make or change them in another.
    private(set) var ambiguousAxes: Set<AxisKey> = []
    /// The last node at which a parameter's axis produces channels; it orders the groups.
    private(set) var producingNodes: [AxisKey: Int] = [:]

    /// One axis of one parameter.
    struct AxisKey: Hashable {
        let value: ValueID
        let axis: Int
    }

    init(_ graph: Graph, _ table: LaneTable) {
        self.graph = graph
        self.table = table
        sets = UnionFind(count: table.count)
    }

    // MARK: Links

    mutating func followLinks() throws {
        for id in graph.outputs {
            freezeAll(id, "they reach \"\(graph[id].name)\", an output of the network")
        }
        for id in graph.inputs { freezeAll(id, "they reach \"\(graph[id].name)\", an input of the network") }
        for id in graph.nodeIDs { try follow(id) }
    }

    private mutating func follow(_ id: NodeID) throws {
        let node = graph[id]
        let outputs = node.outputs.map { graph[$0].type }
        let links: [AxisLink]
        do {
            links = try node.op.axisLinks(graph.operatorInputs(node.inputs), outputs: outputs)
        } catch var error as GraphError {
            error.node = node.name
            throw error
        }
        var covered: Set<AxisReference> = []
        for link in links {
            guard let first = place(link.first, of: node), let second = place(link.second, of: node) else {
                throw GraphError(
                    "links an axis that is not there: \(link.first), \(link.second)", node: node.name)
            }
            covered.insert(link.first)
            covered.insert(link.second)
            if let role = link.role, graph[first.value].tensor != nil {
                let key = AxisKey(value: first.value, axis: link.first.axis)
                let other = roles[key] ?? role
                if (role == .consumer) != (other == .consumer) { ambiguousAxes.insert(key) }
                roles[key] = min(other, role)
                if role == .producer { producingNodes[key] = id.number }
            }
            if let lanes = link.lanes {
                for pair in lanes {
                    guard pair.first >= 0, pair.first < first.length, pair.second >= 0,
                        pair.second < second.length
                    else {
                        throw GraphError(
                            "links lanes \(pair) outside \(link.first), \(link.second)", node: node.name)
                    }
                    sets.unite(first.start + pair.first, second.start + pair.second)
                }
            } else {
                guard first.length == second.length else {
                    throw GraphError(
                        "links axes of \(first.length) and \(second.length) lanes one to one", node: node.name
                    )
                }
                for lane in 0..<first.length { sets.unite(first.start + lane, second.start + lane) }
            }
        }
        freezeUncovered(node, covered)
    }

    private func place(
        _ reference: AxisReference, of node: Node
    ) -> (value: ValueID, start: Int, length: Int)? {
        let value: ValueID? =
            switch reference.slot {
            case .input(let index): node.inputs.indices.contains(index) ? node.inputs[index] : nil
            case .output(let index): node.outputs.indices.contains(index) ? node.outputs[index] : nil
            }
        guard let value, let start = table.start(value, axis: reference.axis) else { return nil }
        return (value, start, graph[value].type.shape[reference.axis])
    }

    private mutating func freezeUncovered(_ node: Node, _ covered: Set<AxisReference>) {
        let inputs = node.inputs.enumerated().map { (AxisReference.Slot.input($0.offset), $0.element) }
        let outputs = node.outputs.enumerated().map {
            (AxisReference.Slot.output($0.offset), Optional($0.element))
        }
        let reason = "node \(node.name) (\(node.type)) mixes them or needs all of them"
        for case (let slot, let value?) in inputs + outputs {
            for (axis, length) in graph[value].type.shape.enumerated()
            where !covered.contains(AxisReference(slot: slot, axis: axis)) {
                freeze(value, axis: axis, length: length, reason)
            }
        }
    }

    private mutating func freezeAll(_ value: ValueID, _ reason: String) {
        for (axis, length) in graph[value].type.shape.enumerated() {
            freeze(value, axis: axis, length: length, reason)
        }
    }

    private mutating func freeze(_ value: ValueID, axis: Int, length: Int, _ reason: String) {
        guard let start = table.start(value, axis: axis) else { return }
        // One node's or one end's freezes follow each other.
        if reasons.last != reason { reasons.append(reason) }
        freezes.append((start, length, reasons.count - 1))
    }
}
