internal import Analysis
internal import Compression
internal import Coupling
internal import Evaluation
internal import Graph
internal import Pruning
internal import Torch

/// The compressions of one network of a study: a method's measurements with a seed serve all its sparsities
/// and groups.
struct StudyPruners {
    private struct Key: Hashable {
        let method: String
        let seed: UInt64
    }

    private let subject: StudySubject
    private let device: Device
    private var networks: [BatchNormFolding: AnalysedNetwork] = [:]
    private var made: [Key: (pruner: Pruner, seconds: Double)] = [:]

    init(_ subject: StudySubject, _ network: AnalysedNetwork, device: Device) {
        self.subject = subject
        self.device = device
        if let folding = network.folding { networks[folding] = network }
    }

    /// Compresses the network for a cell.
    ///
    /// - Returns: The network, and the seconds for this cell alone.
    mutating func run(
        _ place: StudyCell.Place, report: (String, Double) throws -> Void
    ) throws -> (result: PruningResult, seconds: Double) {
        let sparsity = try Sparsity(place.sparsity)
        let (pruner, preparation) = try pruner(place, sparsity)
        let result = try pruner.retargeted(sparsity: sparsity, groups: place.group.map { [$0] })
            .run(report: report)
        return (result, preparation + result.seconds)
    }

    private mutating func pruner(
        _ place: StudyCell.Place, _ sparsity: Sparsity
    ) throws -> (pruner: Pruner, seconds: Double) {
        let key = Key(method: place.method, seed: place.seed)
        if let known = made[key] { return known }
        guard let method = subject.methods.first(where: { $0.name == place.method }) else {
            throw StudyError("there is no method \(place.method)")
        }
        let start = ContinuousClock.now
        var options = method.options.seeded(place.seed)
        options.sparsity = sparsity
        options.allowsNothing = true
        let network =
            try networks[options.folding] ?? AnalysedNetwork(subject.graph, folding: options.folding)
        networks[options.folding] = network
        let pruner = try Pruner(
            network, options: options, trainingImages: subject.trainingImages,
            calibrationImages: method.calibrationImages, samplesAtOnce: subject.samplesAtOnce, device: device)
        let result = (pruner, (ContinuousClock.now - start) / .seconds(1))
        made[key] = result
        return result
    }
}

extension PruningResult {
    /// The network as a variant of the dense one, with the channel map if a single one made it.
    func variant(of network: AnalysedNetwork) throws -> EvaluationVariant {
        guard dense.isIdentical(to: network.graph), layers.isEmpty, rounds.count == 1,
            rounds[0].steps.count == 1
        else { return EvaluationVariant(graph) }
        let step = rounds[0].steps[0]
        return try EvaluationVariant(graph, map: step.map, of: network.coupling.group(of: step.members))
    }
}
