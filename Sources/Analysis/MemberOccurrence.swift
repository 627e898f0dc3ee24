package import Coupling
package import Graph

/// Where the channels on a parameter's axis meet the lanes of a computed value.
package struct MemberOccurrence {
    /// The node that uses the parameter.
    package let node: NodeID
    /// The value that a producer makes or a consumer reads.
    package let value: ValueID
    /// The value's axis that holds the channels.
    package let axis: Int
    /// The value's lanes by channel and position on the parameter's axis.
    package let lanes: [[[Int]]]
    /// Whether the two axes are the same, lane by lane.
    package let isPlain: Bool

    /// The value's lanes by channel.
    package var channels: [[Int]] { lanes.map { $0.flatMap { $0 } } }
}

extension AnalysedNetwork {
    /// Returns where the channels of a producer or consumer meet outputs or inputs of the nodes that use it.
    package func occurrences(of member: GroupMember) throws -> [MemberOccurrence] {
        var result: [MemberOccurrence] = []
        for id in readers[member.parameter, default: []] {
            let node = graph[id]
            for link in try links(of: id) where link.role == member.role && link.first.axis == member.axis {
                guard case .input(let index) = link.first.slot, node.inputs[index] == member.parameter,
                    let value = computedValue(link.second.slot, of: node, role: member.role)
                else { continue }
                var partners: [Int: [Int]] = [:]
                for pair in link.lanes ?? [] { partners[pair.first, default: []].append(pair.second) }
                let lanes = member.positions.map { positions in
                    positions.map { link.lanes == nil ? [$0] : partners[$0, default: []] }
                }
                result.append(
                    MemberOccurrence(
                        node: id, value: value, axis: link.second.axis, lanes: lanes,
                        isPlain: link.lanes == nil))
            }
        }
        return result
    }

    /// The output of a producer or the input of a consumer; nil for anything else.
    private func computedValue(_ slot: AxisReference.Slot, of node: Node, role: MemberRole) -> ValueID? {
        switch (slot, role) {
        case (.output(let index), .producer): node.outputs[index]
        case (.input(let index), .consumer):
            node.inputs[index].flatMap { graph[$0].tensor == nil ? $0 : nil }
        default: nil
        }
    }
}
