internal import Graph
public import OptimalTransport

/// How the transport between a group's channels and the survivors is set up and solved.
public struct TransportOptions: Sendable, Hashable {
    /// How mass is spread over channels.
    public enum MarginalKind: String, Sendable, Codable, CaseIterable {
        /// The same for each.
        case uniform
        /// In proportion to the importance scores; the same for each if all scores are zero.
        case importance

        /// One line about what it does.
        public var summary: String {
            switch self {
            case .uniform: "the same for each"
            case .importance: "in proportion to the importance scores"
            }
        }
    }

    /// What channels are transported to.
    public enum Target: String, Sendable, Codable, CaseIterable {
        /// The most important channels themselves.
        case mostImportant = "most_important"
        /// New channels: the centres of clusters of the channels.
        case clusterCentroid = "cluster_centroid"

        /// One line about what it does.
        public var summary: String {
            switch self {
            case .mostImportant: "the most important channels themselves"
            case .clusterCentroid: "new channels, the centres of clusters"
            }
        }
    }

    /// The weights that the ground cost compares.
    public enum CostFeatures: String, Sendable, Codable, CaseIterable {
        /// All that make, filter or read a channel.
        case all
        /// Those that make it, and kernels that filter it alone.
        case producers
        /// Those that read it.
        case consumers

        /// One line about what it does.
        public var summary: String {
            switch self {
            case .all: "all weights that make, filter or read a channel"
            case .producers: "those that make it, and depthwise kernels"
            case .consumers: "those that read it"
            }
        }

        /// The roles of the members that are compared.
        var roles: Set<MemberRole> {
            switch self {
            case .all: [.producer, .consumer, .perChannel]
            case .producers: [.producer, .perChannel]
            case .consumers: [.consumer]
            }
        }
    }

    /// The exponent of the ground cost's norm.
    public var p: Double
    /// The mass of the channels.
    public var source: MarginalKind
    /// The mass of the survivors.
    public var target: MarginalKind
    /// The survivors.
    public var targets: Target
    /// The name of the clustering that finds new survivors.
    public var clustering: String
    /// The name of the ground cost.
    public var cost: String
    /// Which weights the cost and the clustering see.
    public var costFeatures: CostFeatures
    /// The name of the solver.
    public var solver: String
    /// The strength of the entropy in an entropic plan, relative to the mean cost.
    public var epsilon: Double
    /// The number of iterations after which the solver gives up; nil is the solver's own limit.
    public var iterationLimit: Int?
    /// The seed of the clustering.
    public var seed: UInt64

    /// Makes options; the defaults are the paper's.
    public init(
        p: Double = 1, source: MarginalKind = .uniform, target: MarginalKind = .uniform,
        targets: Target = .mostImportant, clustering: String = GaussianMixture.name,
        cost: String = PNormCost.name, costFeatures: CostFeatures = .all,
        solver: String = ExactSolver.name, epsilon: Double = SinkhornSolver.defaultEpsilon,
        iterationLimit: Int? = nil, seed: UInt64 = 0
    ) {
        self.p = p
        self.source = source
        self.target = target
        self.targets = targets
        self.clustering = clustering
        self.cost = cost
        self.costFeatures = costFeatures
        self.solver = solver
        self.epsilon = epsilon
        self.iterationLimit = iterationLimit
        self.seed = seed
    }

    private var methodOptions: TransportMethodOptions {
        TransportMethodOptions(p: p, epsilon: epsilon, iterationLimit: iterationLimit, seed: seed)
    }

    /// Makes the ground cost.
    func groundCost() throws -> any GroundCost {
        try GroundCostRegistry.cost(named: cost, options: methodOptions)
    }

    /// Makes the solver.
    func transportSolver() throws -> any TransportSolver {
        try TransportSolverRegistry.solver(named: solver, options: methodOptions)
    }

    /// Makes the clustering.
    func channelClustering() throws -> any Clustering {
        try ClusteringRegistry.clustering(named: clustering, options: methodOptions)
    }

    /// Checks names and numbers before any expensive work.
    ///
    /// - Throws: `TransportError` for a name missing from its registry, or a number out of range.
    public func validate() throws {
        _ = try groundCost()
        _ = try transportSolver()
        _ = try channelClustering()
    }
}
