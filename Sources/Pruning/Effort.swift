internal import Analysis
internal import Calibration
internal import Compression
internal import Datasets
internal import Graph
internal import Torch

/// How much work goes into a compression where nothing more is said.
///
/// It decides what `PruningOptions` leave open: how what is removed is spread over groups, on which inputs layers are fitted,
/// on how many, and for how many steps they are refined. All follow from counts of operations, never from a clock, so that the
/// same options give the same network everywhere.
public enum Effort: String, Sendable, Codable, CaseIterable {
    /// Nothing but what other options ask for.
    case minimal
    /// Seconds.
    case quick
    /// A few minutes for networks of the size of a ResNet50.
    case normal
    /// As long as it takes until more hardly helps.
    case thorough

    /// One line about what it does.
    public var summary: String {
        switch self {
        case .minimal:
            "no inputs are looked at and all groups lose the same share, unless other options say so"
        case .quick:
            "layers are fitted on up to 64 inputs; channels go where the network's outputs change least, as measured"
        case .normal:
            "as quick, on up to 256 inputs, and up to three ways of dividing what goes compete; small networks are refined as a whole"
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

    /// The multiply-accumulates that may be spent on one pass over all inputs.
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
    /// With fewer, fits follow the inputs and not the network.
    private static let leastImages = 32
    /// How many elements of activations take as long as a multiply-accumulate in a large convolution.
    private static let elementWork = 60.0

    /// What a pass of one sample costs, in multiply-accumulates.
    private static func work(of graph: Graph) -> Double {
        let elements = graph.nodeIDs.flatMap { graph[$0].outputs }
            .reduce(0.0) { $0 + Double(graph[$1].type.count ?? 0) }
        let samples = max(graph.inputs.first.flatMap { graph[$0].type.shape.first } ?? 1, 1)
        return Double(NetworkCost(of: graph).multiplyAccumulates) + elementWork * elements / Double(samples)
    }

    /// How many inputs layers of a network are fitted on, where none limits their number.
    func images(for graph: Graph) -> Int {
        let affordable = min(passWork / max(Self.work(of: graph), 1), 1e6)
        return min(max(Int(affordable), Self.leastImages), mostImages)
    }

    /// The multiply-accumulates that the inversion of a network may take, each input changed a hundred times.
    private var inversionWork: Double {
        switch self {
        case .minimal, .quick: 0
        case .normal: 2e11
        case .thorough: 2e12
        }
    }

    /// Where inputs come from if none are given: inverted ones where batch-norms tell enough and it takes no more than minutes,
    /// photographs where the network takes images, else made-up ones.
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

    /// The ways of dividing what is removed among groups that may compete, best guess first.
    private static let growths: [ErrorGrowth] = [
        .standard, .measured(lessBy: 0.5), .measured(lessBy: 0), .power(2), .power(1.5),
    ]

    /// The ways that compete for a network: fewer where each takes long.
    func growths(for graph: Graph) -> [ErrorGrowth] {
        let most =
            switch self {
            case .minimal, .quick: 1
            case .normal: 3
            case .thorough: Self.growths.count
            }
        let pass = max(Double(images(for: graph)) * Self.work(of: graph), 1)
        let affordable = Int(min(passWork / pass, Double(most)))
        return Array(Self.growths.prefix(max(affordable, 1)))
    }

    /// What a step of refinement runs through the two networks, in samples, gradients included.
    static let stepSamples = 32.0 * 4
    /// Fewer steps than this are not worth it.
    private static let leastSteps = 100

    /// For how many steps layers are refined: none where only a few can be afforded.
    func refinementSteps(for graph: Graph) -> Int {
        let (work, most): (Double, Int) =
            switch self {
            case .minimal, .quick: (0, 0)
            case .normal: (4e12, 400)
            case .thorough: (32e12, 3200)
            }
        let affordable = Int(min(work / (Self.stepSamples * max(Self.work(of: graph), 1)), 1e6))
        return affordable < Self.leastSteps ? 0 : min(affordable, most)
    }
}
