internal import Graph

/// Builds the classes of lanes and sorts them into groups.
struct ClassBuilder {
    let graph: Graph
    let table: LaneTable
    let factors: FactorPreference
    var sets: UnionFind
    /// Runs of lanes that must be kept, with the number of the reason.
    private(set) var freezes: [(lane: Int, count: Int, reason: Int)] = []
    /// The reasons that freeze lanes, each once.
    private(set) var reasons: [FreezeReason] = []
    private(set) var roles: [AxisKey: MemberRole] = [:]
    /// Axes that consume channels in one place, and make or change them in another.
    private(set) var ambiguousAxes: Set<AxisKey> = []
    /// The last node at which a parameter's axis produces channels; it orders the groups.
    private(set) var producingNodes: [AxisKey: Int] = [:]

    /// The lists of alternative links that are still to be decided, with their nodes.
    var choices: [Choice] = []
    /// The parameter axes that make up an axis of a value computed from parameters alone.
    private var origins: [AxisKey: [AxisKey]] = [:]
    /// The axes of tables that lie behind values which the network selects from them.
    private var selections = TableSelections()

    /// Alternative links of a node, one of which is to be chosen.
    struct Choice {
        let node: NodeID
        let alternatives: [AxisLink]
        /// The axes that the node's other links mention.
        let covered: Set<AxisReference>
    }

    /// One axis of one parameter.
    struct AxisKey: Hashable {
        let value: ValueID
        let axis: Int
    }

    init(_ graph: Graph, _ table: LaneTable, _ factors: FactorPreference) {
        self.factors = factors
        self.graph = graph
        self.table = table
        sets = UnionFind(count: table.count)
    }

    // MARK: Links

    mutating func followLinks() throws {
        for id in graph.outputs {
            freezeAll(id, FreezeReason(text: "they reach \"\(graph[id].name)\", an output of the network"))
        }
        for id in graph.inputs {
            freezeAll(id, FreezeReason(text: "they reach \"\(graph[id].name)\", an input of the network"))
        }
        for id in graph.nodeIDs { try follow(id) }
        try choose()
        for axis in selections.weights where roles[axis] != .consumer {
            if selections.isOnlyWeight(axis) {
                roles[axis] = .consumer
                producingNodes[axis] = nil
            } else {
                ambiguousAxes.insert(axis)
            }
        }
    }

    private mutating func follow(_ id: NodeID) throws {
        let node = graph[id]
        let inputs = graph.operatorInputs(node.inputs)
        let outputs = node.outputs.map { graph[$0].type }
        let links: [AxisLink]
        let alternatives: [[AxisLink]]
        let passesParameters: Bool
        let selects: Bool
        let arranges: Bool
        do {
            links = try node.op.axisLinks(inputs, outputs: outputs)
            alternatives = try node.op.axisAlternatives(inputs, outputs: outputs)
            passesParameters = try node.op.passesElements(inputs)
            selects = try node.inputs.indices.contains {
                try inputs.constant($0) == nil && node.op.choiceCount(of: $0, inputs) != nil
            }
            if case .arrangement = try node.op.channelEffect(inputs) {
                arranges = true
            } else {
                arranges = false
            }
        } catch var error as GraphError {
            error.node = node.name
            throw error
        }
        var covered: Set<AxisReference> = []
        for link in links {
            try unite(link, of: node, id)
            noteUse(link, of: node, selects: selects, arranges: arranges)
            covered.formUnion([link.first, link.second])
        }
        if passesParameters, !selects { noteOrigins(links + alternatives.joined(), of: node) }
        if arranges {
            for link in alternatives.joined() { noteUse(link, of: node, selects: selects, arranges: true) }
        }
        for list in alternatives where !list.isEmpty {
            choices.append(Choice(node: id, alternatives: list, covered: covered))
        }
        // Axes that only a choice mentions are frozen, or not, when it is made.
        let open = alternatives.joined().reduce(into: covered) { $0.formUnion([$1.first, $1.second]) }
        freezeUncovered(node, open)
    }

    /// Makes the lanes that a node's link names the same channels.
    mutating func unite(_ link: AxisLink, of node: Node, _ id: NodeID) throws {
        guard let first = place(link.first, of: node), let second = place(link.second, of: node) else {
            throw GraphError(
                "links an axis that does not exist: \(link.first), \(link.second)", node: node.name)
        }
        if let role = link.role {
            for key in sources(AxisKey(value: first.value, axis: link.first.axis)) {
                note(role, of: key, at: id)
            }
        }
        guard let lanes = link.lanes else {
            guard first.length == second.length else {
                throw GraphError(
                    "links axes of \(first.length) and \(second.length) lanes one to one", node: node.name)
            }
            for lane in 0..<first.length { sets.unite(first.start + lane, second.start + lane) }
            return
        }
        for pair in lanes {
            guard pair.first >= 0, pair.first < first.length, pair.second >= 0, pair.second < second.length
            else {
                throw GraphError(
                    "links lanes \(pair) outside \(link.first), \(link.second)", node: node.name)
            }
            sets.unite(first.start + pair.first, second.start + pair.second)
        }
    }

    private mutating func note(_ role: MemberRole, of key: AxisKey, at node: NodeID) {
        let other = roles[key] ?? role
        if (role == .consumer) != (other == .consumer) { ambiguousAxes.insert(key) }
        roles[key] = min(other, role)
        if role == .producer { producingNodes[key] = node.number }
    }

    /// Records how a node uses what was selected from a table.
    private mutating func noteUse(_ link: AxisLink, of node: Node, selects: Bool, arranges: Bool) {
        func key(_ reference: AxisReference) -> AxisKey? {
            place(reference, of: node).map { AxisKey(value: $0.value, axis: reference.axis) }
        }
        guard let first = key(link.first), let second = key(link.second) else { return }
        if selects || arranges {
            for (from, to) in [(first, second), (second, first)] {
                guard node.inputs.contains(from.value), node.outputs.contains(to.value) else { continue }
                // What chooses among the slices does not join them.
                if selects, graph[from.value].tensor == nil { continue }
                selections.pass(from, to: to, tables: selects ? sources(from) : [])
            }
            return
        }
        if link.role != nil { for key in sources(first) { selections.note(directUseOf: key) } }
        let meetsSignal = sources(second).isEmpty && !selections.isSelected(second)
        if link.role == .consumer, meetsSignal {
            selections.note(weight: first)
        } else {
            selections.note(signal: first)
            if link.role == nil { selections.note(signal: second) }
        }
    }

    /// The parameter axes behind an axis: the axis itself if it belongs to a parameter.
    private func sources(_ key: AxisKey) -> [AxisKey] {
        graph[key.value].tensor != nil ? [key] : origins[key] ?? []
    }

    /// Records which parameter axes lie behind the axes of a rearrangement: its users use the parameters.
    private mutating func noteOrigins(_ links: [AxisLink], of node: Node) {
        var found: [AxisKey: [AxisKey]] = [:]
        for link in links {
            for (from, to) in [(link.first, link.second), (link.second, link.first)] {
                guard case .input = from.slot, case .output = to.slot, let input = place(from, of: node),
                    let output = place(to, of: node)
                else { continue }
                let known = sources(AxisKey(value: input.value, axis: from.axis))
                // A parameter joined with something else is no longer a parameter.
                guard !known.isEmpty else { return }
                found[AxisKey(value: output.value, axis: to.axis), default: []] += known
            }
        }
        origins.merge(found) { $1 }
    }

    func place(
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
        for case (let slot, let value?) in (node.op.freezesUnlinkedInputs ? inputs : []) + outputs {
            for axis in graph[value].type.shape.indices
            where !covered.contains(AxisReference(slot: slot, axis: axis)) {
                freeze(AxisReference(slot: slot, axis: axis), of: node)
            }
        }
    }

    /// Freezes a node's axis that needs all of its lanes.
    mutating func freeze(_ reference: AxisReference, of node: Node) {
        guard let place = place(reference, of: node) else { return }
        let problem =
            (node.op as? OpaqueOperator).map { "is not supported (\($0.reason))" }
            ?? "mixes them or needs all of them"
        freeze(
            place.value, axis: reference.axis, length: place.length,
            FreezeReason(
                text: "node \(node.name) (\(node.type)) \(problem)", node: node.name,
                operatorType: node.type))
    }

    private mutating func freezeAll(_ value: ValueID, _ reason: FreezeReason) {
        for (axis, length) in graph[value].type.shape.enumerated() {
            freeze(value, axis: axis, length: length, reason)
        }
    }

    private mutating func freeze(_ value: ValueID, axis: Int, length: Int, _ reason: FreezeReason) {
        guard let start = table.start(value, axis: axis) else { return }
        // The freezes of one node or one end of the network are adjacent.
        if reasons.last != reason { reasons.append(reason) }
        freezes.append((start, length, reasons.count - 1))
    }
}
