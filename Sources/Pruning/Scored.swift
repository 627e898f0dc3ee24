internal import Analysis
internal import Calibration
internal import Compression
internal import Coupling
internal import Graph
internal import Importance

/// What is known about the groups at the start of a step, as far as the allocation needs it.
struct Scored {
    /// The analyses, by the groups' indices.
    let analyses: [Int: GroupAnalysis]
    /// The scores by which channels of different groups compete, by the groups' indices; later steps use the scale of
    /// the first.
    let scores: [Int: [Double]]
    /// The predicted or measured errors, by the groups' indices.
    let errors: [Int: [Double]]
    /// The indices of the groups that the inputs do not exercise.
    let unseen: Set<Int>
    /// The numbers of channels that go without loss, by the groups' indices.
    let spare: [Int: Int]

    init(
        _ round: PruningRound, _ state: PruningRound.State, _ present: [PruningRound.Present],
        _ report: (String, Double) throws -> Void
    ) throws {
        let pruner = round.pruner
        let allocation = type(of: pruner.allocation)
        var analyses: [Int: GroupAnalysis] = [:]
        var scores: [Int: [Double]] = [:]
        var errors: [Int: [Double]] = [:]
        var unseen: Set<Int> = []
        var spare: [Int: Int] = [:]
        let competes = pruner.options.sparsity != nil || !pruner.options.budgets.isEmpty
        if competes, allocation.needsScores || allocation.needsErrors {
            for (position, item) in present.enumerated() where pruner.options.sparsities[item.place] == nil {
                try report("scoring", Double(position) / Double(present.count))
                let analysis = try GroupAnalysis(
                    item.group, in: state.network, scorer: pruner.preparation.scorer,
                    options: pruner.options.transport)
                analyses[item.group.index] = analysis
                scores[item.group.index] =
                    state.groups[item.place].scores.map {
                        pruner.options.normaliser.carried(analysis.scores, from: $0)
                    } ?? analysis.scores
                if allocation.needsErrors, !allocation.measuresErrors {
                    errors[item.group.index] = try OutputSensitivity(
                        item.group, in: state.network, scores: analysis.scores
                    ).errors
                }
            }
        }
        if competes, allocation.measuresErrors {
            let measured = present.compactMap { analyses[$0.group.index] }
            let known = pruner.preparation.measuredErrors
            let found: [Int: MeasuredErrors.Measured]
            if round.step == 1, let before = known.all(of: measured.map(\.group)) {
                found = before
            } else {
                found = try MeasuredErrors(
                    network: state.network, rule: pruner.rule, inputs: pruner.preparation.measuring,
                    device: pruner.device
                ).measured(of: measured) { try report("measuring groups", $0) }
                if round.step == 1 { known.add(found) }
            }
            errors = found.mapValues { $0.errors(growing: round.growth) }
            // Only inputs of the user's show what goes without loss, and not of groups that they do not exercise.
            if pruner.preparation.calibration?.origin == .images {
                spare = found.filter { $0.value.spare > 0 && !$0.value.isUnseen }.mapValues(\.spare)
            }
            unseen = Set(found.filter { $0.value.isUnseen }.keys)
            if unseen.count == found.count {
                // The outputs show nothing at all: predictions are better than nothing.
                unseen = []
                for analysis in measured {
                    errors[analysis.group.index] = try OutputSensitivity(
                        analysis.group, in: state.network, scores: analysis.scores
                    ).errors
                }
            }
        }
        self.analyses = analyses
        self.scores = scores
        self.errors = errors
        self.unseen = unseen
        self.spare = spare
    }

    /// Returns the analysis of a group if it was made for the same network.
    func analysis(of group: CoupledGroup, in network: AnalysedNetwork) -> GroupAnalysis? {
        analyses[group.index].flatMap { $0.network.isIdentical(to: network) ? $0 : nil }
    }
}
