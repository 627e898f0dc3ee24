internal import Analysis
internal import Calibration
internal import Compression
internal import Coupling
public import Datasets
public import Graph

extension PruningPlan {
    /// Returns a network compressed by the plan, batch-norms folded as the plan says.
    ///
    /// If the plan was made with calibration, layers are fitted again.
    /// - Parameters:
    ///   - graph: The network as it was loaded.
    ///   - calibrationImages: The images that the plan was made with, if they were real ones.
    /// - Throws: `CompressionError` or `CouplingError` if the plan does not fit it, `CalibrationError` if images are
    ///   missing.
    public func applied(to graph: Graph, calibrationImages: (any CalibrationInputs)? = nil) throws -> Graph {
        try result(on: graph, calibrationImages: calibrationImages).graph
    }

    /// Applies the plan to a network, and describes the result like the run that made the plan.
    ///
    /// If the plan was made with calibration, layers are fitted again. Latency budgets are omitted, as nothing is
    /// measured.
    /// - Parameters:
    ///   - graph: The network as it was loaded.
    ///   - calibrationImages: The images that the plan was made with, if they were real ones.
    ///   - report: Called with the stage and the share of it that is done; an error it throws ends the work.
    /// - Throws: `CompressionError` or `CouplingError` if the plan does not fit it, `CalibrationError` if images are
    ///   missing.
    public func result(
        on graph: Graph, calibrationImages: (any CalibrationInputs)? = nil,
        report: (String, Double) throws -> Void = { _, _ in }
    ) throws -> PruningResult {
        let start = ContinuousClock.now
        var network = try AnalysedNetwork(graph, folding: options.folding)
        if options.basis == .principal { network = try network.readingHeads() }
        let given = network
        network = try options.inChosenForm(network)
        let calibrated = network
        if !bases.isEmpty {
            let members = Set(bases.flatMap(\.lanes).map(\.member))
            let changed = network.coupling.groups.filter { !members.isDisjoint(with: $0.references) }
            network = try network.rebased(network.changing(bases), groups: Set(changed.map(\.index)))
        }
        var groups = network.coupling.groups.map { TrackedGroup($0, reason: nil) }
        var compressed = CompressedNetwork(network)
        for (index, round) in rounds.enumerated() {
            try report("merging", Double(index) / Double(rounds.count))
            let current = index == 0 ? network : try network.changed(compressed.graph)
            let steps = Dictionary(
                round.steps.map { ($0.group, $0) }, uniquingKeysWith: { first, _ in first })
            let result = try round.applied(to: current) { network, changes in
                if options.calibration != nil { try compressed.note(changes, on: network) }
            }
            for place in groups.indices {
                guard let now = try? current.coupling.group(of: groups[place].group.references),
                    let step = steps[now.index]
                else { continue }
                groups[place].add(step)
            }
            compressed.follow(result)
        }
        for place in groups.indices where groups[place].kept.count == groups[place].group.width {
            groups[place].reason = "the plan leaves it whole"
        }
        compressed = try compressed.joiningIdleFactors()
        var mended = CalibrationRequest.Mended(compressed.graph)
        if let request = options.calibration {
            mended = try request.mended(
                compressed,
                on: request.calibration(for: calibrated, images: calibrationImages, report: report),
                report: report)
        }
        let (before, after) = (NetworkCost(of: given.graph), NetworkCost(of: mended.graph))
        return PruningResult(
            options: options, graph: mended.graph, dense: given.graph, bases: bases, rounds: rounds,
            groups: groups.prefix(network.ownGroups.count).map(\.summary), spare: nil,
            factored: compressed.factored(),
            frozen: PruningResult.frozen(given.coupling),
            frozenCauses: given.coupling.frozenCauses(in: given.graph), layers: [], repaired: [],
            refinement: nil, calibration: nil, contest: [],
            before: before, after: after,
            outcomes: options.budgets.filter { $0.quantity != .latency }.map { budget in
                PruningResult.Outcome(
                    budget: budget, asked: budget.share(of: before),
                    reached: budget.amount(after) / max(budget.amount(before), 1))
            }, seconds: (ContinuousClock.now - start) / .seconds(1))
    }
}
