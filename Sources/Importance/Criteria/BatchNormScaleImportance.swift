public import Analysis
public import Coupling
internal import Graph
internal import Torch

/// The absolute scale of the batch-norms, abs(gamma), before they were folded.
///
/// Every batch-norm of the group's channels gives one score per channel; the mean if a channel has several
/// positions. The unfolded network is that of `NetworkStatistics.network`, or that of the scored one.
/// Source: Liu et al., "Learning efficient convolutional networks through network slimming", ICCV 2017.
public struct BatchNormScaleImportance: ImportanceCriterion {
    public static let name = "bn_scale"
    public static let summary = "absolute scale of the batch-norms before folding"

    public init(options: ImportanceOptions) {}

    public func memberScores(_ context: ImportanceContext) throws -> [[Double]] {
        let group = context.group
        let network = try (context.statistics.network ?? context.network).beforeFolding()
        let (twin, order) = try original(of: group, in: network)
        let scales = try Self.scales(of: twin, in: network)
        guard !scales.isEmpty else {
            throw ImportanceError(
                "\(Self.name): group \(group.index) has \(Self.obstacle); exclude the group with --ignore"
            )
        }
        return try scales.compactMap { member in
            guard let values = try network.graph[member.parameter].tensor?.doubles() else { return nil }
            return order.map { channel in
                member.positions[channel].reduce(0) { $0 + values[$1].magnitude }
                    / Double(max(member.positions[channel].count, 1))
            }
        }
    }

    /// Groups without a batch-norm: layers that Network Slimming does not prune.
    public func obstacles(
        to groups: [CoupledGroup], in network: AnalysedNetwork, statistics: NetworkStatistics
    ) throws -> [Int: String] {
        let trained = try (statistics.network ?? network).beforeFolding()
        var obstacles: [Int: String] = [:]
        for group in groups {
            guard let twin = try? original(of: group, in: trained).group else { continue }
            if try Self.scales(of: twin, in: trained).isEmpty {
                obstacles[group.index] = "it has \(Self.obstacle) (\(Self.name))"
            }
        }
        return obstacles
    }

    private static let obstacle = "no batch-norm before folding, so no scale to score by"

    /// The members of a group before folding that are scales of batch-norms.
    private static func scales(
        of group: CoupledGroup, in network: AnalysedNetwork
    ) throws -> [GroupMember] {
        let scales = Set(
            try network.graph.nodeIDs.compactMap { id -> ValueID? in
                guard case .normalisation = try network.effect(of: id) else { return nil }
                return network.graph[id].inputs[1]
            })
        return group.members.filter { scales.contains($0.parameter) }
    }

    /// Finds the group before folding, and its channel for each of the present ones.
    private func original(
        of group: CoupledGroup, in network: AnalysedNetwork
    ) throws -> (group: CoupledGroup, order: [Int]) {
        let wanted = group.members.filter { $0.role == .producer || $0.role == .consumer }
        let references = Set(wanted.map { MemberReference($0) })
        for candidate in network.coupling.groups where candidate.width == group.width {
            guard references.isSubset(of: candidate.references), let mine = wanted.first,
                let theirs = candidate.members.first(where: {
                    MemberReference($0) == MemberReference(mine)
                })
            else { continue }
            let channels = Dictionary(
                theirs.positions.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { $1 })
            let order = mine.positions.compactMap { channels[$0] }
            if order.count == group.width { return (candidate, order) }
        }
        throw ImportanceError(
            "\(Self.name): the network before folding has no group like group \(group.index) (\(wanted.first?.name ?? "no weights"), \(group.width) channels)"
        )
    }
}
