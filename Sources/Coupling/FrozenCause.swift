public import Graph
internal import Torch

/// One reason why channels are frozen, and what it costs.
public struct FrozenCause: Sendable, Codable, Equatable {
    /// The reason, as a sentence.
    public let reason: String
    /// The node that freezes them; nil for an input or output of the network, or if the channels themselves
    /// are the reason.
    public let node: String?
    /// The type of that node's operator.
    public let operatorType: String?
    /// The number of frozen channels.
    public let channels: Int
    /// The names of the parameters on which they occur, sorted.
    public let parameters: [String]
    /// The share of the network's parameters that belong to these channels on at least one axis.
    public let share: Double
}

extension Coupling {
    /// Returns the reasons why channels are frozen, the costliest first; reasons without cost are omitted.
    ///
    /// - Parameter graph: The network whose groups these are.
    public func frozenCauses(in graph: Graph) -> [FrozenCause] {
        var order: [String] = []
        var groups: [String: [FrozenGroup]] = [:]
        let total = max(graph.parameterCount + codeCount(in: graph), 1)
        for group in frozen {
            if groups[group.reason] == nil { order.append(group.reason) }
            groups[group.reason, default: []].append(group)
        }
        let causes = order.compactMap { reason -> FrozenCause? in
            guard let all = groups[reason], let first = all.first else { return nil }
            let members = all.flatMap(\.members)
            return FrozenCause(
                reason: reason, node: first.node, operatorType: first.operatorType,
                channels: all.reduce(0) { $0 + $1.width }, parameters: Set(members.map(\.name)).sorted(),
                share: Self.elements(of: members, in: graph) / Double(total))
        }
        return causes.filter { $0.share > 0 }.enumerated().sorted {
            ($1.element.share, $0.offset) < ($0.element.share, $1.offset)
        }
        .map(\.element)
    }

    /// The number of parameter elements that hold channels and are stored as integers.
    private func codeCount(in graph: Graph) -> Int {
        let members = groups.flatMap(\.members) + frozen.flatMap(\.members)
        return Set(members.map(\.parameter)).reduce(0) { sum, parameter in
            let type = graph[parameter].type
            return sum + (type.element.isFloatingPoint ? 0 : type.count ?? 0)
        }
    }

    /// Returns the number of elements in rows of the channels on at least one axis.
    private static func elements(of members: [GroupMember], in graph: Graph) -> Double {
        var rows: [ValueID: [Int: Int]] = [:]
        // The only channel of an axis cannot be removed in any case.
        for member in members where graph[member.parameter].type.shape[member.axis] > 1 {
            rows[member.parameter, default: [:]][member.axis, default: 0] +=
                member.positions.reduce(0) { $0 + $1.count }
        }
        return rows.reduce(0.0) { sum, entry in
            let shape = graph[entry.key].type.shape
            let count = shape.reduce(1.0) { $0 * Double($1) }
            let free = entry.value.reduce(1.0) { part, axis in
                guard shape.indices.contains(axis.key), shape[axis.key] > 0 else { return part }
                return part * max(0, 1 - Double(axis.value) / Double(shape[axis.key]))
            }
            return sum + count * (1 - free)
        }
    }
}
