internal import Compression
internal import Coupling
internal import Graph

/// A group of the original network, and its changes from step to step.
struct TrackedGroup {
    /// The group in the original network.
    let group: CoupledGroup
    /// Why it is whole; nil once channels are removed.
    var reason: String?
    /// Whether it may lose channels.
    let isChosen: Bool
    /// Whether a step joined it with another group.
    var isLost = false
    /// The kept channels, by their original positions.
    var kept: [Int]
    /// The scores by which the kept channels competed in the previous step; nil before the first.
    var scores: [Double]?
    /// Remarks about its channels.
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

    /// Records a step.
    mutating func add(_ step: CompressionStep, notes: [String] = []) {
        self.notes = notes
        kept = step.map.kept.map { kept[$0] }
        scores = scores.map { scores in step.map.kept.map { scores[$0] } }
        rule = step.rule
        if let chosenAmong = step.candidates { candidates.append(chosenAmong) }
        sources.formUnion(step.map.consumers.map(\.source))
        reason = nil
    }

    /// The summary for the result.
    var summary: PruningResult.Group {
        PruningResult.Group(
            index: group.index, width: group.width, keptChannels: kept, rule: rule,
            sources: rule == nil ? nil : sources.sorted { $0.rawValue < $1.rawValue },
            candidates: candidates, producers: group.members(.producer).map(\.name), reason: reason,
            notes: notes)
    }
}
