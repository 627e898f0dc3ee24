public import Coupling
public import Graph
public import Importance
public import Moments
public import OptimalTransport

/// Everything about a group that does not depend on how many channels stay.
///
/// Scores, features and the distances between all pairs of channels are computed once; the survivors of every sparsity
/// only select columns of the same cost matrix.
public final class GroupAnalysis: Sendable {
    /// The group.
    public let group: CoupledGroup
    /// The network, batch-norms folded.
    public let graph: Graph
    /// One score per channel.
    public let scores: [Double]
    private let options: TransportOptions
    private let moments: NetworkMoments?
    private let solver: any TransportSolver
    private let distances: Lazy<CostMatrix>

    /// Gathers and scores a group.
    ///
    /// - Parameters:
    ///   - group: The group.
    ///   - graph: The network in which it was found.
    ///   - scorer: Scores its channels.
    ///   - options: How the transport is posed.
    ///   - solver: Solves it.
    ///   - moments: What is known of the network's activations, for the rules that use it.
    /// - Throws: `GraphError` for weights that are not finite, `ImportanceError` where the group cannot be scored.
    public init(
        _ group: CoupledGroup, in graph: Graph, scorer: ImportanceScorer,
        options: TransportOptions = TransportOptions(), solver: any TransportSolver = NetworkSimplexSolver(),
        moments: NetworkMoments? = nil
    ) throws {
        self.moments = moments
        let features = try ChannelFeatures(group, in: graph)
        let cost = try PNormCost(p: options.p)
        self.group = group
        self.graph = graph
        self.options = options
        self.solver = solver
        scores = try scorer.scores(of: group, in: graph, features: features)
        distances = Lazy {
            let matrix = try FeatureMatrix(
                rows: features.rows, columns: features.columns, values: features.values)
            return try cost.pairwise(matrix.normalised())
        }
    }

    /// Returns the most important channels at a sparsity, ascending.
    public func kept(_ sparsity: Sparsity) -> [Int] {
        ImportanceScorer.mostImportant(scores, count: sparsity.keptWidth(of: group.width))
    }

    /// Solves the transport from all channels to the kept ones.
    ///
    /// - Throws: `CompressionError` naming the group.
    public func transportPlan(to kept: [Int]) throws -> TransportPlan {
        do {
            let cost = try distances.value().selectingColumns(kept)
            return try solver.solve(
                TransportProblem(
                    cost: cost, source: marginal(options.source, scores),
                    target: marginal(options.target, kept.map { scores[$0] })))
        } catch let error as TransportError {
            throw CompressionError("group \(group.index): \(error)")
        }
    }

    /// Returns what a plan would cost whose sources send the given shares of a uniform mass, `[n, m]`.
    package func cost(of shares: SparseMatrix, kept: [Int]) throws -> Double {
        let cost = try distances.value().selectingColumns(kept)
        return shares.entries.reduce(0) { $0 + $1.value * cost[$1.row, $1.column] } / Double(group.width)
    }

    /// Returns the step that leaves the kept channels, by each of several rules; the transport is solved once.
    ///
    /// Where all channels stay, every rule is the identity.
    public func steps(kept: [Int], rules: [any MergeRule]) throws -> [CompressionStep] {
        let plan = Lazy { try self.transportPlan(to: kept) }
        let context = MergeContext(group: group, graph: graph, kept: kept, moments: moments) {
            try plan.value()
        }
        return try rules.map { rule in
            let effective: any MergeRule = kept.count == group.width ? DeletionRule() : rule
            return CompressionStep(
                group: group.index, members: group.references,
                rule: type(of: rule).name, scores: scores, map: try effective.channelMap(context))
        }
    }

    private func marginal(_ kind: TransportOptions.MarginalKind, _ scores: [Double]) throws -> Marginal {
        switch kind {
        case .uniform: try .uniform(scores.count)
        // A group of dead channels has no importance to go by.
        case .importance:
            try scores.allSatisfy { $0 == 0 } ? .uniform(scores.count) : .proportional(to: scores)
        }
    }
}
