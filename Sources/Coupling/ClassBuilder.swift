internal import Graph

/// Builds the classes of lanes and sorts them into groups.
struct ClassBuilder {
    private let graph: Graph
    private let table: LaneTable
    private var sets: UnionFind
    private var freezes: [(lane: Int, count: Int, reason: String)] = []
    private var roles: [AxisKey: MemberRole] = [:]
    /// Axes that consume channels in one place and make or change them in another.
    private var ambiguousAxes: Set<AxisKey> = []
    /// The last node at which a parameter's axis produces channels; it orders the groups.
    private var producingNodes: [AxisKey: Int] = [:]

    private struct AxisKey: Hashable {
        let value: ValueID
        let axis: Int
    }

    struct Place {
        let group: Int
        let channel: Int
    }

    init(_ graph: Graph, _ table: LaneTable) {
        self.graph = graph
        self.table = table
        sets = UnionFind(count: table.count)
    }

    mutating func root(_ lane: Int) -> Int { sets.root(lane) }

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
        for case (let slot, let value?) in inputs + outputs {
            for (axis, length) in graph[value].type.shape.enumerated()
            where !covered.contains(AxisReference(slot: slot, axis: axis)) {
                guard let start = table.start(value, axis: axis) else { continue }
                freezes.append(
                    (start, length, "node \(node.name) (\(node.type)) mixes them or needs all of them"))
            }
        }
    }

    private mutating func freezeAll(_ value: ValueID, _ reason: String) {
        for (axis, length) in graph[value].type.shape.enumerated() {
            guard let start = table.start(value, axis: axis) else { continue }
            freezes.append((start, length, reason))
        }
    }

    // MARK: Groups

    private struct SignatureEntry: Hashable {
        let axis: AxisKey
        let count: Int
    }

    private struct Signature: Hashable {
        let entries: [SignatureEntry]
        let reason: String?
    }

    mutating func groups() -> (groups: [CoupledGroup], frozen: [FrozenGroup], places: [Int: Place]) {
        var occurrences: [Int: [(axis: AxisKey, positions: [Int])]] = [:]
        var order: [Int] = []
        for parameter in graph.parameters {
            for (axis, length) in graph[parameter].type.shape.enumerated() {
                guard let start = table.start(parameter, axis: axis) else { continue }
                let key = AxisKey(value: parameter, axis: axis)
                for lane in 0..<length {
                    let root = sets.root(start + lane)
                    if occurrences[root] == nil { order.append(root) }
                    if occurrences[root]?.last?.axis == key, let last = occurrences[root]?.indices.last {
                        occurrences[root]?[last].positions.append(lane)
                    } else {
                        occurrences[root, default: []].append((key, [lane]))
                    }
                }
            }
        }
        let reasons = frozenRoots()
        var classes: [Signature: [Int]] = [:]
        var signatures: [Signature] = []
        for root in order {
            guard let axes = occurrences[root] else { continue }
            let entries = axes.map { SignatureEntry(axis: $0.axis, count: $0.positions.count) }
            let signature = Signature(entries: entries, reason: reasons[root] ?? defect(entries))
            if classes[signature] == nil { signatures.append(signature) }
            classes[signature, default: []].append(root)
        }
        var open: [(signature: Signature, roots: [Int])] = []
        var frozen: [FrozenGroup] = []
        for signature in signatures {
            let roots = classes[signature] ?? []
            guard let reason = signature.reason else {
                open.append((signature, roots))
                continue
            }
            let weighs = signature.entries.contains {
                roles[$0.axis] == .producer || roles[$0.axis] == .consumer
            }
            guard weighs else { continue }
            frozen.append(
                FrozenGroup(
                    width: roots.count, members: members(signature, roots, occurrences), reason: reason))
        }
        // Groups of one producer stay in the order of its lanes.
        let nodes = open.map { producingNode($0.signature) }
        let ranks = open.indices.sorted { (nodes[$0], $1) > (nodes[$1], $0) }
        open = ranks.map { open[$0] }
        var places: [Int: Place] = [:]
        let groups = open.enumerated().map { index, item in
            for (channel, root) in item.roots.enumerated() {
                places[root] = Place(group: index, channel: channel)
            }
            return CoupledGroup(
                index: index, width: item.roots.count,
                members: members(item.signature, item.roots, occurrences))
        }
        return (groups, frozen, places)
    }

    /// Why classes that nothing froze cannot be a group all the same.
    private func defect(_ entries: [SignatureEntry]) -> String? {
        for entry in entries {
            let name = "\(graph[entry.axis.value].name) axis \(entry.axis.axis)"
            if roles[entry.axis] == nil { return "the role of \(name) is not known" }
            // Merging sums what consumes channels, but not what makes them.
            if ambiguousAxes.contains(entry.axis) { return "\(name) consumes them and has another role too" }
        }
        let produces = entries.contains { roles[$0.axis] == .producer }
        return produces ? nil : "no parameter produces them"
    }

    private mutating func frozenRoots() -> [Int: String] {
        var reasons: [Int: String] = [:]
        for (start, count, reason) in freezes {
            for lane in start..<(start + count) {
                let root = sets.root(lane)
                if reasons[root] == nil { reasons[root] = reason }
            }
        }
        return reasons
    }

    private func producingNode(_ signature: Signature) -> Int {
        signature.entries.compactMap { producingNodes[$0.axis] }.max() ?? -1
    }

    private func members(
        _ signature: Signature, _ roots: [Int], _ occurrences: [Int: [(axis: AxisKey, positions: [Int])]]
    ) -> [GroupMember] {
        signature.entries.enumerated().map { index, entry in
            GroupMember(
                parameter: entry.axis.value, name: graph[entry.axis.value].name, axis: entry.axis.axis,
                role: roles[entry.axis] ?? .perChannel,
                positions: roots.map { occurrences[$0]?[index].positions ?? [] })
        }
    }
}
