public import Graph
internal import Torch

/// The channels of a network that can only be removed or merged together across all their parameters.
///
/// Every channel of the group occurs on exactly the same parameter axes.
public struct CoupledGroup: Sendable {
    /// The position in the network's list of groups; 0 is the last group before the output.
    public let index: Int
    /// The number of channels.
    public let width: Int
    /// The parameter axes on which the channels occur, in order of the parameters.
    public let members: [GroupMember]

    /// The members with a role.
    public func members(_ role: MemberRole) -> [GroupMember] {
        members.filter { $0.role == role }
    }

    /// Checks the weights on which the channels occur.
    ///
    /// - Throws: `GraphError` naming a weight that is not finite.
    package func requireFiniteWeights(in graph: Graph) throws {
        for member in members where member.isWeight(in: graph) {
            if try graph[member.parameter].tensor?.isFinite() == false { throw member.notFinite }
        }
    }
}

/// One axis of one parameter on which a group's channels occur.
public struct GroupMember: Sendable, Hashable {
    /// The parameter.
    public let parameter: ValueID
    /// The parameter's name.
    public let name: String
    /// The axis, counted from 0.
    public let axis: Int
    /// What the parameter does with the channels.
    public let role: MemberRole
    /// The positions on the axis that belong to each channel, the same number for each.
    public let positions: [[Int]]

    /// The number of positions of one channel.
    public var positionsPerChannel: Int { positions.first?.count ?? 0 }

    /// Returns the member with one of the positions of each channel.
    package func limited(to position: Int) -> GroupMember {
        GroupMember(
            parameter: parameter, name: name, axis: axis, role: role,
            positions: positions.map { [$0[position]] })
    }

    /// Whether it is stored and holds more than one number per channel, unlike a normalisation or an
    /// activation's slope.
    func isWeight(in graph: Graph) -> Bool {
        guard let tensor = graph[parameter].tensor else { return false }
        return role != .perChannel || tensor.count != tensor.shape[axis]
    }

    /// The message for a parameter with a number that is not finite.
    var notFinite: GraphError { GraphError("parameter \(name) has weights that are not finite") }
}

/// Frozen channels, and why.
public struct FrozenGroup: Sendable {
    /// The number of channels.
    public let width: Int
    /// The parameter axes on which the channels occur.
    public let members: [GroupMember]
    /// The reason.
    public let reason: String
    /// The node that freezes them; nil for an input or output of the network, or if the channels themselves
    /// are the reason.
    public let node: String?
    /// The type of that node's operator.
    public let operatorType: String?
}
