import Coupling
import Graph

/// What a group should look like: its width and its members by role, as "name axis" texts.
struct GroupExpectation: Equatable, CustomStringConvertible {
    let width: Int
    var members: [MemberRole: Set<String>] = [:]

    /// A group as the coupling found it.
    init(_ group: CoupledGroup) {
        width = group.width
        for member in group.members {
            let text = "\(member.name) \(member.axis)"
            // A repetition would vanish in the set.
            let isNew = members[member.role, default: []].insert(text).inserted
            if !isNew { members[member.role]?.insert(text + " again") }
        }
    }

    /// A group in words: producing and consuming axes, and layers whose bias and batch-norm belong to it.
    init(
        _ width: Int, producers: [String], biases: [String] = [], perChannel: [String] = [],
        consumers: [String], normalisations: [String] = []
    ) {
        self.width = width
        members[.producer] = Set(producers.map { $0.contains(" ") ? $0 : "\($0).weight 0" })
        members[.bias] = Set(
            biases.map { $0.contains(" ") ? $0 : "\($0).bias 0" }
                + normalisations.flatMap { ["\($0).bias 0", "\($0).running_mean 0"] })
        members[.perChannel] = Set(
            perChannel.map { "\($0).weight 0" }
                + normalisations.flatMap { ["\($0).weight 0", "\($0).running_var 0"] })
        members[.consumer] = Set(consumers.map { $0.contains(" ") ? $0 : "\($0).weight 1" })
        members = members.filter { !$0.value.isEmpty }
    }

    var description: String {
        let parts = MemberRole.allCases.map { role in
            "\(role): \(members[role, default: []].sorted().joined(separator: ", "))"
        }
        return "\(width) channels, " + parts.joined(separator: "; ")
    }
}

extension Coupling {
    /// The groups in the form of expectations.
    var found: [GroupExpectation] { groups.map(GroupExpectation.init) }

    /// The group with a producing parameter.
    func group(producedBy name: String) -> CoupledGroup? {
        groups.first { group in group.members.contains { $0.role == .producer && $0.name == name } }
    }

    /// The reason why a parameter's axis is frozen.
    func reason(_ name: String, axis: Int) -> String? {
        frozen.first { item in item.members.contains { $0.name == name && $0.axis == axis } }?.reason
    }
}

extension CoupledGroup {
    /// A member by its parameter's name and axis.
    func member(_ name: String, axis: Int) -> GroupMember? {
        members.first { $0.name == name && $0.axis == axis }
    }
}
