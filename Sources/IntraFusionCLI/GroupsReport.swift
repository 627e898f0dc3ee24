import IntraFusion

/// What `groups` prints.
struct GroupsReport: Encodable {
    /// A parameter axis on which channels occur.
    struct Member: Encodable {
        let parameter: String
        let axis: Int
        let role: String
        let shape: [Int]
        let positionsPerChannel: Int
        /// The positions on the axis that belong to each channel.
        let positions: [[Int]]
    }

    /// A group that can shrink.
    struct Group: Encodable {
        let index: Int
        let width: Int
        let members: [Member]
    }

    /// Channels that must stay.
    struct Frozen: Encodable {
        let width: Int
        let members: [Member]
        let reason: String
    }

    let model: String
    let checkpoint: String
    /// The lengths that were chosen where the file leaves them open.
    let assumptions: AssumedShapes
    let parameters: Int
    let multiplyAccumulates: Int
    let groups: [Group]
    let frozen: [Frozen]

    init(_ network: AnalysedNetwork, from file: NetworkFile) {
        let (graph, coupling) = (network.graph, network.coupling)
        func list(_ members: [GroupMember]) -> [Member] {
            members.sorted { ($0.role, $0.parameter) < ($1.role, $1.parameter) }.map {
                Member(
                    parameter: $0.name, axis: $0.axis, role: $0.role.rawValue,
                    shape: graph[$0.parameter].type.shape,
                    positionsPerChannel: $0.positionsPerChannel, positions: $0.positions)
            }
        }
        model = file.architecture
        checkpoint = file.path
        assumptions = AssumedShapes(file)
        parameters = graph.parameterCount
        multiplyAccumulates = graph.multiplyAccumulates
        groups = coupling.groups.map { Group(index: $0.index, width: $0.width, members: list($0.members)) }
        frozen = coupling.frozen.map { Frozen(width: $0.width, members: list($0.members), reason: $0.reason) }
    }

    /// The report for people.
    var text: String {
        var table = TextTable(header: ["group", "width", "role", "parameter", "axis", "shape"])
        func add(_ name: String, _ width: Int, _ members: [Member]) {
            for (index, member) in members.enumerated() {
                let shape = member.shape.map(String.init).joined(separator: "x")
                let positions =
                    member.positionsPerChannel == 1 ? "" : " (\(member.positionsPerChannel) per channel)"
                table.add([
                    index == 0 ? name : "", index == 0 ? "\(width)" : "", member.role, member.parameter,
                    "\(member.axis)", shape + positions,
                ])
            }
        }
        for group in groups { add("\(group.index)", group.width, group.members) }
        for (index, item) in frozen.enumerated() { add("frozen \(index + 1)", item.width, item.members) }
        let reasons = frozen.enumerated().map { "frozen \($0.offset + 1): \($0.element.reason)" }
        return (assumptions.line.map { "\($0)\n" } ?? "") + """
            \(model): \(parameters) parameters, \(multiplyAccumulates) multiply-accumulates, \
            batch-norms folded, \(groups.count) groups

            \(table.text(leading: [0, 2, 3, 5]))

            \(reasons.joined(separator: "\n"))
            """
    }
}
