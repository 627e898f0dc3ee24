internal import Compression
internal import Graph
internal import Torch

/// The objective of a refinement: how far a compressed network's outputs and inner sums are from the original's.
final class RefinementObjective {
    /// A sum inside the network that is compared.
    private struct Anchor {
        let site: ReconstructionSite
        let value: ValueID
        let isRectified: Bool
    }

    private let graph: Graph
    private let teacher: Executor
    private let student: Executor
    private let anchors: [Anchor]
    private let calibration: Calibration
    private let mask: SequenceMask?
    private let store: ActivationStore
    private var known: Set<Int> = []
    private var variances: [ValueID: Tensor] = [:]
    private var outputs: [ValueID: OutputObjective] = [:]
    /// The weights of each output's evidence relative to its answers.
    private var evidenceWeights: [ValueID: Double] = [:]
    /// The weight of the inner sums' mean error relative to the outputs'.
    private var innerWeight = 0.0

    /// The evidence's part of an output's distance at the start, relative to the answers' part.
    private static let evidenceShare = 0.5
    /// The inner sums' part of the objective at the start, relative to the outputs' part.
    private let innerShare: Double

    /// That share on inputs of the user's. They are what the outputs are wanted for.
    private static let innerShareOfGiven = 0.3
    /// That share on other inputs: what the outputs are there matters less than that all layers do what they did.
    private static let innerShareOfMade = 5.0
    /// The most batches by which it is found out what outputs hold.
    private static let mostExamples = 16
    /// Smaller variances count as this.
    private static let leastVariance = 1e-12

    /// Compares two networks whose nodes and values are numbered alike.
    ///
    /// - Parameter sites: The layers whose outputs go into the sums.
    init(
        _ graph: Graph, _ compressed: Graph, sites: [ReconstructionSite], _ calibration: Calibration
    ) throws {
        self.graph = graph
        self.calibration = calibration
        innerShare = calibration.origin == .images ? Self.innerShareOfGiven : Self.innerShareOfMade
        teacher = try Executor(graph)
        student = try Executor(compressed)
        store = ActivationStore(limit: calibration.memory)
        mask = try SequenceMask(of: graph, on: calibration)
        let hasSums = sites.contains { !$0.junction.terms.isEmpty }
        var found: [ValueID: Anchor] = [:]
        for site in sites where hasSums ? !site.junction.terms.isEmpty : site.junction.isRectified {
            let end = site.junction.end
            guard !graph.outputs.contains(end), found[end] == nil else { continue }
            found[end] = Anchor(site: site, value: end, isRectified: site.junction.isRectified)
        }
        anchors = found.values.sorted { $0.value.number < $1.value.number }
    }

    private var compared: [ValueID] { anchors.map(\.value) + graph.outputs }

    /// Finds out what outputs hold, and how much inner sums count.
    ///
    /// - Parameters:
    ///   - batches: Batches to look at.
    ///   - parameters: The compressed network's parameters at the start.
    func prepare(_ batches: [Int], _ parameters: [ValueID: Tensor]) throws {
        let examples = batches.prefix(Self.mostExamples)
        for batch in examples { try computeTargets(batch) }
        for output in graph.outputs {
            outputs[output] = try OutputObjective(examples.compactMap { try target(output, $0) })
        }
        var (answers, evidence) = ([ValueID: Double](), [ValueID: Double]())
        var inner = 0.0
        for batch in examples {
            let parts = try parts(batch, parameters)
            for (output, parts) in parts.outputs {
                answers[output, default: 0] += try parts.answers.scalar()
                evidence[output, default: 0] += try parts.evidence?.scalar() ?? 0
            }
            inner += try parts.inner.scalar()
        }
        var outer = 0.0
        for (output, size) in answers {
            let rest = evidence[output] ?? 0
            if size > 0, rest > 0 { evidenceWeights[output] = Self.evidenceShare * size / rest }
            outer += size + (evidenceWeights[output] ?? 1) * rest
        }
        innerWeight = outer > 0 && inner > 0 ? innerShare * outer / inner : 1
    }

    /// The inputs of a batch by the values that they are.
    func inputs(_ batch: Int) throws -> [ValueID: Tensor] {
        let inputs = try calibration.batch(batch)
        guard inputs.count == graph.inputs.count else {
            throw CompressionError(
                "a batch has \(inputs.count) inputs, the network takes \(graph.inputs.count)")
        }
        return Dictionary(uniqueKeysWithValues: zip(graph.inputs, inputs))
    }

    /// Computes the original network's values for a batch, once.
    private func computeTargets(_ batch: Int) throws {
        guard known.insert(batch).inserted else { return }
        let values = try teacher.compute(compared, from: inputs(batch))
        for anchor in anchors {
            guard let value = values[anchor.value] else { continue }
            let merged = try anchor.site.merged(value)
            let kept = try anchor.isRectified ? merged.applying(.relu) : merged
            if variances[anchor.value] == nil, kept.type.isFloatingPoint {
                let centred = try kept.subtracting(kept.reduced(.mean, axes: []))
                variances[anchor.value] = try centred.multiplied(by: centred).reduced(.mean, axes: [])
                    .applying(.clamp(low: Self.leastVariance, high: .infinity))
            }
            try keep(kept, anchor.value, batch)
        }
        for output in graph.outputs {
            guard let value = values[output] else { continue }
            try keep(value, output, batch)
        }
    }

    private func keep(_ tensor: Tensor, _ value: ValueID, _ batch: Int) throws {
        try store.set(tensor, for: ActivationStore.Key(network: .original, value: value, batch: batch))
    }

    private func target(_ value: ValueID, _ batch: Int) throws -> Tensor? {
        try store.tensor(ActivationStore.Key(network: .original, value: value, batch: batch))
    }

    /// |found - wanted|^2 as a share of the variance, over the positions that count.
    private func distance(_ found: Tensor, _ wanted: Tensor, _ anchor: Anchor, _ batch: Int) throws -> Tensor
    {
        let difference = try found.subtracting(wanted)
        var square = try difference.multiplied(by: difference)
        if let counting = try mask?.positions(
            of: anchor.value, axis: anchor.site.linear.outputAxis, calibration.batch(batch))
        {
            let count = square.count / square.shape[2]
            var weights = [Double](repeating: 0, count: count)
            for position in counting { weights[position] = Double(count) / Double(counting.count) }
            square = try square.multiplied(
                by: Tensor(weights, shape: [square.shape[0], square.shape[1], 1]).converted(to: square.type))
        }
        guard let variance = variances[anchor.value] else { return try square.reduced(.mean, axes: []) }
        return try square.divided(by: variance).reduced(.mean, axes: [])
    }

    /// The distances of each output, and the mean error of the inner sums.
    private func parts(
        _ batch: Int, _ parameters: [ValueID: Tensor]
    ) throws -> (outputs: [(id: ValueID, parts: OutputObjective.Parts)], inner: Tensor) {
        try computeTargets(batch)
        let values = try student.compute(compared, from: inputs(batch), parameters: parameters)
        let distances: [(id: ValueID, parts: OutputObjective.Parts)] = try graph.outputs.compactMap {
            output in
            guard let found = values[output], let wanted = try target(output, batch),
                let objective = outputs[output], found.shape == wanted.shape
            else { return nil }
            return (output, try objective.distance(found, wanted))
        }
        var inner = try Tensor(repeating: 0, shape: [], type: .float32)
        for anchor in anchors {
            guard let value = values[anchor.value], let wanted = try target(anchor.value, batch),
                value.shape == wanted.shape
            else { continue }
            let found = anchor.isRectified ? try value.applying(.relu) : value
            inner = try inner.adding(
                distance(found, wanted, anchor, batch).applying(.multiplied(1 / Double(anchors.count))))
        }
        return (distances, inner)
    }

    /// The objective on one batch, with parameters in place of the compressed network's own.
    func loss(_ batch: Int, _ parameters: [ValueID: Tensor]) throws -> Tensor {
        let parts = try parts(batch, parameters)
        return try parts.outputs.reduce(parts.inner.applying(.multiplied(innerWeight))) { sum, output in
            let sum = try sum.adding(output.parts.answers)
            guard let evidence = output.parts.evidence else { return sum }
            return try sum.adding(evidence.applying(.multiplied(evidenceWeights[output.id] ?? 1)))
        }
    }

    /// The mean of the objective over batches.
    func error(_ batches: [Int], _ parameters: [ValueID: Tensor]) throws -> Double {
        try batches.reduce(0) { try $0 + loss($1, parameters).scalar() / Double(batches.count) }
    }
}
