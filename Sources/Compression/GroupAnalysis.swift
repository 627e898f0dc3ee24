public import Analysis
public import Coupling
internal import Graph
public import Importance
public import OptimalTransport

/// Everything about a group that does not depend on how many channels are kept.
///
/// Scores, features and the distances between pairs of channels are computed once; where there are several sparsities, each
/// selects columns of the same cost matrix.
public final class GroupAnalysis: Sendable {
    /// The group.
    public let group: CoupledGroup
    /// The network, batch-norms folded.
    public let network: AnalysedNetwork
    /// One score per channel.
    public let scores: [Double]
    /// The number of channels whose weights are all zero.
    package let deadCount: Int
    private let options: TransportOptions
    private let solver: any TransportSolver
    private let cost: any GroundCost
    private let clustering: any Clustering
    /// The weights of each channel that the ground cost compares. `[channels, features]`
    private let features: Lazy<FeatureMatrix>
    private let normalised: Lazy<FeatureMatrix>
    private let distances: ChannelDistances
    private let squaredDistances: Lazy<SquaredDistances>

    /// Gathers and scores a group.
    ///
    /// - Parameters:
    ///   - group: The group.
    ///   - network: The network in which it was found; rules that use moments use its known moments.
    ///   - scorer: Scores its channels.
    ///   - options: The options of the transport.
    ///   - solver: Solves the transport in place of the solver that the options name.
    /// - Throws: `GraphError` for weights that are not finite, `ImportanceError` if the group cannot be
    ///   scored, `TransportError` for options that name no method or are out of range.
    public init(
        _ group: CoupledGroup, in network: AnalysedNetwork, scorer: ImportanceScorer,
        options: TransportOptions = TransportOptions(), solver: (any TransportSolver)? = nil
    ) throws {
        let graph = network.graph
        let all = try ChannelFeatures(group, in: graph)
        let compared =
            options.costFeatures == .all
            ? all : try ChannelFeatures(group, in: graph, roles: options.costFeatures.roles)
        let cost = try options.groundCost()
        self.group = group
        self.network = network
        self.options = options
        self.cost = cost
        self.solver = try solver ?? options.transportSolver()
        clustering = try options.channelClustering()
        scores = try scorer.scores(of: group, in: network, features: all)
        deadCount = ImportanceContext(group: group, network: network, features: all).deadChannels()
            .count { $0 }
        let features = Lazy {
            try FeatureMatrix(rows: compared.rows, columns: compared.columns, values: compared.values)
        }
        let normalised = Lazy { try features.value().normalised() }
        self.features = features
        self.normalised = normalised
        squaredDistances = Lazy { try SquaredDistances(features.value()) }
        distances = ChannelDistances(cost, of: normalised)
    }

    /// Returns the most important channels at a sparsity, ascending.
    public func kept(_ sparsity: Sparsity) -> [Int] {
        ImportanceScorer.mostImportant(scores, count: sparsity.keptWidth(of: group.width))
    }

    /// Solves the transport from all channels to the kept ones, or to as many new ones.
    ///
    /// - Throws: `CompressionError` naming the group.
    public func transportPlan(to kept: [Int]) throws -> TransportPlan {
        try transport(to: kept).plan
    }

    /// Solves the transport from all channels to the survivors.
    ///
    /// - Parameter kept: The kept channels; if survivors are new channels, only their number counts.
    /// - Throws: `CompressionError` naming the group.
    public func transport(to kept: [Int]) throws -> ChannelTransport {
        do {
            switch options.targets {
            case .mostImportant:
                return ChannelTransport(
                    plan: try solve(
                        distances.distances(kept: kept), kept.map { scores[$0] },
                        kept: cost.isMetric ? kept : nil),
                    places: kept)
            case .clusterCentroid: return try transportToCentroids(kept.count)
            }
        } catch let error as TransportError {
            throw CompressionError("group \(group.index): \(error)")
        }
    }

    /// Solves the transport to the centres of clusters of the channels.
    ///
    /// The clusters are those of the weights themselves; the cost is between normalised channels and
    /// normalised centres. A centre's importance is the mean of its channels', weighted by their share in it.
    private func transportToCentroids(_ count: Int) throws -> ChannelTransport {
        let points = try squaredDistances.value()
        let (places, clusters) = try clustering.clusters(of: points, count: count).placed(among: points)
        var importance = [Double](repeating: 0, count: count)
        for entry in clusters.weights.entries { importance[entry.row] += entry.value * scores[entry.column] }
        let centroids = try features.value().means(clusters.weights).normalised()
        let cost = try cost.distances(sources: normalised.value(), targets: centroids)
        return ChannelTransport(plan: try solve(cost, importance), places: places)
    }

    private func solve(
        _ cost: CostMatrix, _ targetScores: [Double], kept: [Int]? = nil
    ) throws -> TransportPlan {
        try solver.solve(
            TransportProblem(
                cost: cost, source: marginal(options.source, scores),
                target: marginal(options.target, targetScores), kept: kept))
    }

    /// Returns the cost of a plan whose sources send the given shares of a uniform mass, `[n, m]`.
    package func cost(of shares: SparseMatrix, kept: [Int]) throws -> Double {
        let cost = try distances.distances(kept: kept)
        return shares.entries.reduce(0) { $0 + $1.value * cost[$1.row, $1.column] } / Double(group.width)
    }

    /// Returns the step that keeps the given channels, for each of several rules; the transport is solved
    /// once.
    ///
    /// If all channels are kept, every rule is the identity.
    public func steps(kept: [Int], rules: [any MergeRule]) throws -> [CompressionStep] {
        let transport = Lazy { try self.transport(to: kept) }
        let context = MergeContext(
            transport: { try transport.value() }, group: group, network: network, kept: kept,
            seed: options.seed)
        return try rules.map { rule in
            let effective: any MergeRule = kept.count == group.width ? DeletionRule() : rule
            let decision = try effective.decision(context)
            return CompressionStep(
                group: group.index, members: group.references, rule: type(of: rule).name, scores: scores,
                map: decision.map, candidates: decision.candidates.isEmpty ? nil : decision.candidates)
        }
    }

    private func marginal(_ kind: TransportOptions.MarginalKind, _ scores: [Double]) throws -> Marginal {
        switch kind {
        case .uniform: try .uniform(scores.count)
        // A group of dead channels has no importance to use.
        case .importance:
            try scores.allSatisfy { $0 == 0 } ? .uniform(scores.count) : .proportional(to: scores)
        }
    }
}
