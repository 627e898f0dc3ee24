internal import Synchronization

/// The nodes that compute some values from others, and when each intermediate value is no longer needed.
struct ExecutionPlan: Sendable {
    /// The nodes in order.
    let order: [NodeID]
    /// The values that no later node uses, by node.
    let finished: [[ValueID]]
    private let used: Set<ValueID>

    /// Makes a plan, in O(nodes + values).
    init(_ targets: [ValueID], from known: Set<ValueID>, in graph: Graph) {
        order = graph.nodes(computing: targets, from: known)
        var lastUse: [ValueID: Int] = [:]
        for (position, id) in order.enumerated() {
            for input in graph[id].inputs.compactMap({ $0 }) { lastUse[input] = position }
        }
        for target in targets { lastUse[target] = .max }
        used = Set(lastUse.keys)
        var finished = [[ValueID]](repeating: [], count: order.count)
        for (value, position) in lastUse where position < order.count { finished[position].append(value) }
        self.finished = finished
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
