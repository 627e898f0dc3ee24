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
    /// The scores of the channels that are left, by which they competed in the step before; nil before the first.
    var scores: [Double]?
    /// What is to be said about its channels.
    private(set) var notes: [String] = []
    private var rule: String?
    private var sources: Set<ChannelMap.Consumer.Basis> = []
    private var candidates: [[MergeCandidate]] = []

    init(_ group: CoupledGroup, reason: String?) {
        self.group = group
        self.reason = reason
        isChosen = reason == nil
        kept = Array(0..<group.width)
    }

    /// Takes note of what was done.
    mutating func add(_ step: CompressionStep, notes: [String] = []) {
        self.notes = notes
        kept = step.map.kept.map { kept[$0] }
        scores = scores.map { scores in step.map.kept.map { scores[$0] } }
        rule = step.rule
        if let chosenAmong = step.candidates { candidates.append(chosenAmong) }
        sources.formUnion(step.map.consumers.map(\.source))
        reason = nil
    }

    /// What is reported.
    var summary: PruningResult.Group {
        PruningResult.Group(
            index: group.index, width: group.width, keptChannels: kept, rule: rule,
            sources: rule == nil ? nil : sources.sorted { $0.rawValue < $1.rawValue },
            candidates: candidates, producers: group.members(.producer).map(\.name), reason: reason,
            notes: notes)
    }
}
