internal import Analysis
internal import Compression
internal import Coupling
public import Datasets
internal import Evaluation
public import Graph
internal import Importance
internal import Pruning
public import Torch

/// The paper's experiment: prune one group at a time at several sparsities, by deletion and by fusion, and compare.
public struct Sweep: Sendable {
    private let network: AnalysedNetwork
    /// The options, with every default resolved.
    public let options: SweepOptions
    private let groups: [CoupledGroup]
    private let rules: [any MergeRule]
    private let scorer: ImportanceScorer
    private let data: ImageDataset
    private let evaluator: AccuracyEvaluator

    /// The number of networks held in memory at once.
    private static let networksAtOnce = 48

    /// Validates the options before any expensive work.
    ///
    /// - Parameters:
    ///   - graph: The network, batch-norms not folded.
    ///   - data: The images on which accuracies are measured.
    ///   - trainingImages: The images for criteria that need some; nil if none does.
    ///   - options: The sweep's options.
    ///   - samplesAtOnce: How many images the network takes at a time; nil is any number.
    ///   - device: Where networks run.
    /// - Throws: An error naming a group, rule or criterion that does not exist, or what is missing.
    public init(
        of graph: Graph, on data: ImageDataset, trainingImages: ImageDataset? = nil, options: SweepOptions,
        samplesAtOnce: Int? = nil, device: Device = .cpu
    ) throws {
        guard !options.sparsities.isEmpty else { throw CompressionError("no sparsity given") }
        try data.requireFit(to: graph)
        try trainingImages?.requireFit(to: graph)
        let network = try AnalysedNetwork(graph, folding: options.folding)
        let coupling = network.coupling
        self.network = network
        groups = try options.groups.map { try unique($0).map(coupling.group) } ?? coupling.groups
        guard !groups.isEmpty else { throw CompressionError("\(graph.name) has no group that can be pruned") }
        guard !options.rules.isEmpty else { throw CompressionError("no merge rule given") }
        rules = try unique([DeletionRule.name] + options.rules).map(MergeRuleRegistry.rule)
        scorer = try options.scoring.scorer(
            of: network, images: trainingImages, samplesAtOnce: samplesAtOnce, device: device)
        evaluator = try AccuracyEvaluator(
            data, sampleCount: options.samples, batchSize: options.batchSize, device: device)
        var resolved = options
        resolved.groups = groups.map(\.index)
        resolved.sparsities = unique(options.sparsities)
        resolved.rules = rules.map { type(of: $0).name }
        self.options = resolved
        self.data = data
    }

    /// What happens during a sweep.
    public enum Event: Sendable {
        /// The share of the current stage done.
        case progress(stage: String, fraction: Double)
        /// A compressed network is ready, with the group, the sparsity and the rule that made it.
        case network(Graph, group: Int, sparsity: Double, rule: String)
    }

    /// A compressed network that waits for its evaluation.
    private struct Candidate {
        let row: Int
        let rule: String
        let variant: EvaluationVariant
    }

    /// Runs the sweep.
    ///
    /// - Parameter report: Called for every event; if it returns false, the sweep ends with what is finished.
    /// - Returns: The finished rows.
    public func run(report: (Event) throws -> Bool) throws -> SweepResult {
        let names = rules.map { type(of: $0).name }
        var result = SweepResult(
            rules: names, denseAccuracy: nil, samples: evaluator.sampleCount, availableSamples: data.count,
            rows: [],
            requestedRows: groups.count * options.sparsities.count)
        let groupsAtOnce = max(1, Self.networksAtOnce / (options.sparsities.count * rules.count))
        for start in stride(from: 0, to: groups.count, by: groupsAtOnce) {
            let chunk = Array(groups[start..<min(start + groupsAtOnce, groups.count)])
            guard var planned = try plan(chunk, from: start, report) else { return result }
            var remaining = planned.rows.map { _ in names.count }
            var goesOn = true
            var failure: (any Error)?
            try evaluator.evaluate(base: network.graph, variants: planned.candidates.map(\.variant)) {
                event in
                switch event {
                case .base(let accuracy): result.denseAccuracy = accuracy.fraction
                case .variant(let index, let accuracy):
                    let candidate = planned.candidates[index]
                    planned.rows[candidate.row].accuracy[candidate.rule] = accuracy.fraction
                    remaining[candidate.row] -= 1
                case .progress(let fraction):
                    let done = (Double(start) + fraction * Double(chunk.count)) / Double(groups.count)
                    do { goesOn = try report(.progress(stage: "evaluating", fraction: done)) } catch {
                        failure = error
                        goesOn = false
                    }
                }
                return goesOn
            }
            if let failure { throw failure }
            // Variants finish in the evaluator's order; rows are listed in the requested order.
            result.rows += zip(planned.rows, remaining).filter { $0.1 == 0 }.map(\.0)
            if !goesOn { return result }
        }
        return result
    }

    /// Prunes some groups by every rule at every sparsity; nil if the report asked to stop.
    private func plan(
        _ chunk: [CoupledGroup], from start: Int, _ report: (Event) throws -> Bool
    ) throws -> (rows: [SweepResult.Row], candidates: [Candidate])? {
        var rows: [SweepResult.Row] = []
        var candidates: [Candidate] = []
        let clock = ContinuousClock()
        for (position, group) in chunk.enumerated() {
            let beginning = clock.now
            let analysis = try GroupAnalysis(
                group, in: network, scorer: scorer, options: options.transport)
            var sharedTime = clock.now - beginning
            for sparsity in options.sparsities {
                let beginning = clock.now
                let kept = analysis.kept(sparsity)
                var networks: [(rule: String, variant: EvaluationVariant)] = []
                for (rule, step) in zip(rules, try analysis.steps(kept: kept, rules: rules)) {
                    let graph = try network.applying(step.map, to: group)
                    let variant = EvaluationVariant(graph, map: step.map, of: group)
                    networks.append((type(of: rule).name, variant))
                }
                let seconds = (clock.now - beginning + sharedTime) / .seconds(1)
                sharedTime = .zero
                for network in networks {
                    candidates.append(
                        Candidate(row: rows.count, rule: network.rule, variant: network.variant))
                    let goesOn = try report(
                        .network(
                            network.variant.graph, group: group.index, sparsity: sparsity.value,
                            rule: network.rule))
                    if !goesOn { return nil }
                }
                rows.append(
                    SweepResult.Row(
                        group: group.index, sparsity: sparsity.value, channels: group.width, kept: kept.count,
                        accuracy: [:], seconds: seconds))
            }
            let fraction = Double(start + position + 1) / Double(groups.count)
            if try !report(.progress(stage: "pruning", fraction: fraction)) { return nil }
        }
        return (rows, candidates)
    }
}

/// Returns the elements without repetitions, in order.
private func unique<Element: Hashable>(_ elements: [Element]) -> [Element] {
    var seen: Set<Element> = []
    return elements.filter { seen.insert($0).inserted }
}
