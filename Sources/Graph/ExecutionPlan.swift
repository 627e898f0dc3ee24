internal import Synchronization

/// The nodes that compute some values from others, and when each intermediate value is no longer needed.
struct ExecutionPlan: Sendable {
    /// The nodes that follow from parameters alone, in order: their values are the same in every run.
    let constants: [NodeID]
    /// The parameters that these read.
    let constantSources: Set<ValueID>
    /// The values of `constants` that other nodes read.
    let constantValues = ConstantValues()
    /// The other nodes in order.
    let order: [NodeID]
    /// The values that no later node uses, by node.
    let finished: [[ValueID]]
    /// What follows a node and can be done in the same pass, by the node's position.
    let tails: [Int: ElementTail]
    private let used: Set<ValueID>

    /// Makes a plan, in O(nodes + values).
    init(_ targets: [ValueID], from known: Set<ValueID>, in graph: Graph) {
        let needed = graph.nodes(computing: targets, from: known)
        (constants, constantSources) = Self.constants(of: needed, from: known, in: graph)
        let settled = Set(constants)
        let order = needed.filter { !settled.contains($0) }
        self.order = order
        var lastUse: [ValueID: Int] = [:]
        var made: [ValueID: Int] = [:]
        for (position, id) in order.enumerated() {
            for input in graph[id].inputs.compactMap({ $0 }) { lastUse[input] = position }
            for output in graph[id].outputs { made[output] = position }
        }
        for target in targets { lastUse[target] = .max }
        used = Set(lastUse.keys).union(constants.flatMap { graph[$0].inputs.compactMap { $0 } })
        var finished = [[ValueID]](repeating: [], count: order.count)
        for (value, position) in lastUse where position < order.count { finished[position].append(value) }
        self.finished = finished
        var tails: [Int: ElementTail] = [:]
        for (position, id) in order.enumerated() where graph[id].op.takesProgram {
            tails[position] = ElementTail(of: position, in: order, lastUse: lastUse, graph: graph) {
                (made[$0] ?? -1) < position
            }
        }
        self.tails = tails
    }

    /// Constants of more elements than this, such as dequantised weights, are computed anew: they would take memory. So
    /// are all that come after those with `totalLimit` elements together.
    private static let constantLimit = 1 << 16
    private static let totalLimit = 1 << 18

    /// Returns the nodes that follow from parameters alone, and the parameters that they read.
    private static func constants(
        of needed: [NodeID], from known: Set<ValueID>, in graph: Graph
    ) -> (nodes: [NodeID], sources: Set<ValueID>) {
        var nodes: [NodeID] = []
        var sources: Set<ValueID> = []
        var settled: Set<ValueID> = []
        var total = 0
        for id in needed {
            let node = graph[id]
            let inputs = node.inputs.compactMap { $0 }
            let parameters = inputs.filter { !known.contains($0) && graph[$0].tensor != nil }
            guard inputs.allSatisfy({ settled.contains($0) || parameters.contains($0) }),
                node.outputs.allSatisfy({
                    let type = graph[$0].type
                    return type.isKnown && (type.count ?? .max) <= constantLimit && !known.contains($0)
                })
            else { continue }
            // Each has at most `constantLimit` elements.
            let size = node.outputs.reduce(0) { $0 + (graph[$1].type.count ?? 0) }
            guard total + size <= totalLimit else { continue }
            total += size
            nodes.append(id)
            sources.formUnion(parameters)
            settled.formUnion(node.outputs)
        }
        return (nodes, sources)
    }

    /// Returns whether a computed value is needed at all.
    func isUsed(_ value: ValueID) -> Bool { used.contains(value) }
}

/// The plans that an executor has made. They are kept because every batch asks for the same one.
final class ExecutionPlans: Sendable {
    private struct Key: Hashable {
        let targets: [ValueID]
        let known: Set<ValueID>
    }

    /// More than one pass over a network needs, and a limit for callers that ask for new cuts all the time.
    private static let capacity = 256

    private let plans = Mutex<[Key: ExecutionPlan]>([:])

    /// Returns the plan that computes values from others; it is made on the first request.
    func plan(for targets: [ValueID], from known: Set<ValueID>, in graph: Graph) -> ExecutionPlan {
        let key = Key(targets: targets, known: known)
        if let plan = plans.withLock({ $0[key] }) { return plan }
        let plan = ExecutionPlan(targets, from: known, in: graph)
        plans.withLock {
            if $0.count >= Self.capacity { $0.removeAll() }
            $0[key] = plan
        }
        return plan
    }
}
