internal import Compression
internal import Coupling
internal import Graph

/// A group of the network at first, and what becomes of it from step to step.
struct TrackedGroup {
    /// The group as it was found.
    let group: CoupledGroup
    /// Why it is whole, unless channels are removed.
    var reason: String?
    /// Whether it may lose channels.
    let isChosen: Bool
    /// Whether a step joined it with another group.
    var isLost = false
    /// The channels that are left, by their first places.
    var kept: [Int]
    private var rule: String?
    private var sources: Set<ChannelMap.Consumer.Source> = []

    init(_ group: CoupledGroup, reason: String?) {
        self.group = group
        self.reason = reason
        isChosen = reason == nil
        kept = Array(0..<group.width)
    }

    /// Takes note of what was done.
    mutating func add(_ step: CompressionStep) {
        kept = step.map.kept.map { kept[$0] }
        rule = step.rule
        sources.formUnion(step.map.consumers.map(\.source))
        reason = nil
    }

    /// What is reported.
    var summary: PruningResult.Group {
        PruningResult.Group(
            index: group.index, width: group.width, keptChannels: kept, rule: rule,
            sources: rule == nil ? nil : sources.sorted { $0.rawValue < $1.rawValue },
            producers: group.members(.producer).map(\.name), reason: reason)
    }
}
