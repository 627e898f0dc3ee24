public import Graph

/// Names one parameter axis of a coupled group without the weights, as a stored plan does.
public struct MemberReference: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The parameter's name.
    public let parameter: String
    /// The axis, counted from 0.
    public let axis: Int
    /// What the parameter does with the channels.
    public let role: MemberRole

    /// Names an axis.
    public init(parameter: String, axis: Int, role: MemberRole) {
        self.parameter = parameter
        self.axis = axis
        self.role = role
    }

    /// Names a member's axis.
    public init(_ member: GroupMember) {
        self.init(parameter: member.name, axis: member.axis, role: member.role)
    }

    public var description: String { "\(parameter) axis \(axis) (\(role))" }
}

extension CoupledGroup {
    /// The members by name.
    public var references: [MemberReference] {
        members.map { MemberReference($0) }
    }
}

extension Coupling {
    /// Returns the group with exactly these members, wherever it is in the list.
    ///
    /// Indices shift when compression changes a network's wiring: a grouped convolution with one channel left
    /// in each group is a depthwise one, whose inputs and outputs are one group.
    /// - Throws: `CouplingError` naming a member that no group has together with the others.
    public func group(of references: [MemberReference]) throws -> CoupledGroup {
        let wanted = Set(references)
        let candidates = groups.map { (group: $0, references: Set($0.references)) }
        if let match = candidates.first(where: { $0.references == wanted }) { return match.group }
        let near = candidates.max {
            $0.references.intersection(wanted).count < $1.references.intersection(wanted).count
        }
        let difference = near.map { $0.references.symmetricDifference(wanted) } ?? wanted
        let name = difference.map(\.description).min() ?? "nothing"
        throw CouplingError(
            "the network has no coupled group with these \(references.count) members; the nearest one differs in \(name)"
        )
    }
}
