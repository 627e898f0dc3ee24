public import Analysis
public import Coupling
internal import Graph

/// The structure of a group, whatever its width: groups of equal structure are built alike.
public struct GroupStructure: Sendable, Hashable {
    /// One text per member, sorted: its role, the operators that read it, its kernel, and its positions per
    /// channel.
    public let parts: [String]

    /// Makes a structure from its parts.
    public init(parts: [String]) {
        self.parts = parts.sorted()
    }

    /// Describes a group of a network.
    public init(_ group: CoupledGroup, in network: AnalysedNetwork) {
        let graph = network.graph
        self.init(
            parts: group.members.map { member in
                let operators = (network.readers[member.parameter] ?? []).map { graph[$0].type }.sorted()
                let kernel = graph[member.parameter].type.shape.dropFirst(2).map(String.init)
                return [
                    member.role.rawValue, operators.joined(separator: "+"), kernel.joined(separator: "x"),
                    "\(member.positionsPerChannel)", "\(member.axis)",
                ].joined(separator: " ")
            })
    }
}
