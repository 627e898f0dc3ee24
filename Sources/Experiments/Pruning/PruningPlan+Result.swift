internal import Compression
internal import Coupling
public import Graph

extension PruningPlan {
    /// Describes what the plan did to a network, as the run that made the plan describes it.
    ///
    /// Budgets of latency are left out, as nothing is measured.
    /// - Parameters:
    ///   - graph: The network as it was loaded.
    ///   - compressed: The network after the plan.
    ///   - seconds: How long it took.
    /// - Throws: `CompressionError` or `CouplingError` where the plan does not fit the network.
    public func result(on graph: Graph, compressed: Graph, seconds: Double) throws -> PruningResult {
        let dense = try options.folding.folded(graph)
        let coupling = try Coupling(dense)
        var groups = coupling.groups.map { TrackedGroup($0, reason: nil) }
        var current = dense
        for round in rounds {
            let present = try Coupling(current)
            let steps = Dictionary(
                round.steps.map { ($0.group, $0) }, uniquingKeysWith: { first, _ in first })
            for place in groups.indices {
                guard let now = try? present.group(of: groups[place].group.references),
                    let step = steps[now.index]
                else { continue }
                groups[place].add(step)
            }
            current = try round.applied(to: current)
        }
        for place in groups.indices where groups[place].kept.count == groups[place].group.width {
            groups[place].reason = "the plan leaves it whole"
        }
        let (before, after) = (NetworkCost(of: dense), NetworkCost(of: compressed))
        return PruningResult(
            options: options, graph: compressed, dense: dense, rounds: rounds, groups: groups.map(\.summary),
            frozen: PruningResult.frozen(coupling), layers: [], repaired: [],
            refinement: nil, calibration: nil,
            before: before, after: after,
            outcomes: options.budgets.filter { $0.quantity != .latency }.map { budget in
                PruningResult.Outcome(
                    budget: budget, asked: budget.share(of: before),
                    reached: budget.amount(after) / max(budget.amount(before), 1))
            }, seconds: seconds)
    }
}
