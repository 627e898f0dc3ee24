internal import Analysis
internal import Calibration
internal import Compression
internal import Datasets
internal import Graph
internal import Torch

/// How much work goes into a compression if no other option says so.
///
/// It decides what `PruningOptions` leave open: the allocation, the source and the number of the inputs on which layers
/// are fitted, and the number of refinement steps. All of it follows from operation counts, never from a clock, so the
/// same options give the same network everywhere.
public enum Effort: String, Sendable, Codable, CaseIterable {
    /// Only what other options request.
    case minimal
    /// Seconds.
    case quick
    /// A few minutes for a network the size of ResNet50.
    case normal
    /// Until more work hardly helps.
    case thorough

    /// One line about what it does.
    public var summary: String {
        switch self {
        case .minimal:
            "no inputs are looked at and all groups lose the same share, unless other options say so"
        case .quick:
            "layers are fitted on up to 64 inputs; channels go where the network's outputs change least, as measured"
        case .normal:
            "as quick, on up to 256 inputs, and up to three ways of dividing what goes compete; layers are refined together where that takes only minutes"
        case .thorough: "as normal, on up to 1,024 inputs and with eight times the steps"
        }
    }

    /// The allocation.
    var allocation: String {
        switch self {
        case .minimal: UniformAllocation.name
        case .quick, .normal, .thorough: MeasuredAllocation.name
        }
    }

    /// The most multiply-accumulates for one pass over all inputs.
    private var passWork: Double {
        switch self {
        case .minimal: .infinity
        case .quick: 1e11
        case .normal: 1e12
        case .thorough: 1e13
        }
    }

    private var mostImages: Int {
        switch self {
        case .minimal, .normal: 256
        case .quick: 64
        case .thorough: 1024
        }
    }
    /// With fewer inputs, fits adapt to the inputs instead of the network.
    private static let leastImages = 32
    /// One element of activations takes as long as this many multiply-accumulates in a large convolution.
    private static let elementWork = 60.0

    /// The cost of one sample's pass, in multiply-accumulates.
    private static func work(of graph: Graph) -> Double {
        let elements = graph.nodeIDs.flatMap { graph[$0].outputs }
            .reduce(0.0) { $0 + Double(graph[$1].type.count ?? 0) }
        let samples = max(graph.inputs.first.flatMap { graph[$0].type.shape.first } ?? 1, 1)
        return Double(NetworkCost(of: graph).multiplyAccumulates) + elementWork * elements / Double(samples)
    }

    /// The number of inputs on which a network's layers are fitted, if none is given.
    func images(for graph: Graph) -> Int {
        let affordable = min(passWork / max(Self.work(of: graph), 1), 1e6)
        return min(max(Int(affordable), Self.leastImages), mostImages)
    }

    /// The most multiply-accumulates of one pass over all inputs for an inversion, which takes a hundred passes.
    private var inversionWork: Double {
        switch self {
        case .minimal, .quick: 0
        case .normal: 2e11
        case .thorough: 2e12
        }
    }

    /// Where inputs come from if none are given: inverted ones if there are batch-norms and it takes only minutes,
    /// photographs if the network takes images, otherwise synthetic ones.
    func origin(for network: AnalysedNetwork) throws -> Calibration.Origin {
        let graph = network.graph
        let isInvertible =
            try graph.inputs.count == 1 && graph[graph.inputs[0]].type.element == .float32
            && network.moments().channels.values.contains { $0.source == .batchNorm }
        if isInvertible, Double(images(for: graph)) * Self.work(of: graph) <= inversionWork {
            return .inverted
        }
        return Photographs.size(for: graph) == nil ? .synthetic : .photographs
    }

    /// The error growths whose allocations may compete on inputs of the user's, best guess first.
    private static let growthsOnGiven: [ErrorGrowth] = [
        .predicted(power: 1), .predicted(power: 0.75), .measured(lessBy: 0), .predicted(power: 1.4),
        .power(1.25),
    ]
    /// The same on other inputs, whose moments say little of what a group's last channels are needed for.
    private static let growthsOnMade: [ErrorGrowth] = [
        .power(1.25), .measured(lessBy: 0.5), .measured(lessBy: 0), .power(2), .power(1.5),
    ]

    /// How many passes over all inputs may be spent on ways that compete, as a multiple of those on everything else.
    private static let passesOfWays = 2.0

    /// The error growths that compete for a network: fewer if each takes long.
    ///
    /// - Parameter isGiven: Whether inputs are the user's.
    func growths(for graph: Graph, onGivenInputs isGiven: Bool) -> [ErrorGrowth] {
        let growths = isGiven ? Self.growthsOnGiven : Self.growthsOnMade
        let most =
            switch self {
            case .minimal, .quick: 1
            case .normal: 3
            case .thorough: growths.count
            }
        let pass = max(Double(images(for: graph)) * Self.work(of: graph), 1)
        let affordable = Int(min(Self.passesOfWays * passWork / pass, Double(most)))
        return Array(growths.prefix(max(affordable, 1)))
    }

    /// The samples that one step of refinement runs through the two networks, gradients included.
    static let stepSamples = 16.0 * 4
    /// Fewer steps are not worth it.
    private static let leastSteps = 60
    /// The same on inputs of the command's own.
    private static let leastStepsOnMade = 100

    /// The number of refinement steps: none if only a few are affordable.
    ///
    /// Only inputs that are the network's own are worth much work: what improves on others, held out though they are,
    /// need not do so where the network is used.
    func refinementSteps(for graph: Graph, on origin: Calibration.Origin) -> Int {
        let (work, most): (Double, Int) =
            switch self {
            case .minimal, .quick: (0, 0)
            case .normal: (20e12, 400)
            case .thorough: (160e12, 3200)
            }
        let isGiven = origin == .images
        let each = Self.stepSamples * max(Self.work(of: graph), 1)
        let affordable = Int(min((isGiven ? work : work / Self.advantageOfGiven) / each, 1e6))
        let least = isGiven ? Self.leastSteps : Self.leastStepsOnMade
        return affordable < least ? 0 : min(affordable, most)
    }

    /// How much more work goes into a refinement on given inputs.
    private static let advantageOfGiven = 10.0
}
