public import Analysis
public import Coupling
public import Graph
public import OptimalTransport

/// A way to turn kept channels and a transport plan into a channel map.
///
/// A new rule is one file, and one line in `MergeRuleRegistry`.
public protocol MergeRule: Sendable {
    /// The name on the command line.
    static var name: String { get }

    /// One line about what it does.
    static var summary: String { get }

    /// Whether it draws random numbers.
    static var usesSeed: Bool { get }

    /// Whether it uses the moments of activations.
    static var usesMoments: Bool { get }

    /// Makes the rule.
    init()

    /// Returns the map of a group.
    func channelMap(_ context: MergeContext) throws -> ChannelMap

    /// Returns the map of a group, and the candidates it was chosen from.
    func decision(_ context: MergeContext) throws -> MergeDecision
}

extension MergeRule {
    public static var usesSeed: Bool { false }
    public static var usesMoments: Bool { false }

    public func decision(_ context: MergeContext) throws -> MergeDecision {
        MergeDecision(map: try channelMap(context))
    }
}

/// What a merge rule may use.
public struct MergeContext: Sendable {
    /// The group.
    public let group: CoupledGroup
    /// The network, batch-norms folded, with the known moments of its activations.
    public let network: AnalysedNetwork
    /// The kept channels, ascending.
    public let kept: [Int]
    /// Solves the transport between all channels and the survivors on the first request.
    ///
    /// If survivors are new channels, they take other places than the kept channels.
    public let transport: @Sendable () throws -> ChannelTransport

    /// The moments derived for the group.
    let known = KnownMoments()

    /// The seed of rules that draw random numbers.
    public let seed: UInt64

    /// Makes a context in which the survivors are the kept channels.
    public init(
        group: CoupledGroup, network: AnalysedNetwork, kept: [Int],
        plan: @escaping @Sendable () throws -> TransportPlan
    ) {
        self.init(
            transport: { ChannelTransport(plan: try plan(), places: kept) }, group: group,
            network: network, kept: kept)
    }

    /// Makes a context.
    public init(
        transport: @escaping @Sendable () throws -> ChannelTransport, group: CoupledGroup,
        network: AnalysedNetwork, kept: [Int], seed: UInt64 = 0
    ) {
        self.seed = seed
        self.group = group
        self.network = network
        self.kept = kept
        self.transport = transport
    }

    /// The graph of the network.
    public var graph: Graph { network.graph }

    /// Makes a map with the same matrix for all consumers.
    ///
    /// - Parameter places: The channels whose places the survivors take, ascending; nil is the kept ones.
    func map(
        places: [Int]? = nil, producer: SparseMatrix, perChannel: SparseMatrix, consumer: SparseMatrix
    ) throws -> ChannelMap {
        try ChannelMap(
            kept: places ?? kept, producer: producer, perChannel: perChannel,
            consumers: group.members(.consumer).map {
                ChannelMap.Consumer(parameter: $0.name, axis: $0.axis, matrix: consumer)
            })
    }
}
