internal import Compression
internal import Evaluation
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
    private let store: ActivationStore
    private var known: Set<Int> = []
    private var variances: [ValueID: Tensor] = [:]
    private var kinds: [ValueID: OutputDivergence.Kind] = [:]

    /// The weight of the inner sums' mean error relative to the outputs'.
    private static let innerShare = 100.0
    /// Smaller variances count as this.
    private static let leastVariance = 1e-12
    /// Smaller probabilities count as this.
    private static let leastProbability = 1e-7

    /// Compares two networks whose nodes and values are numbered alike.
    ///
    /// - Parameter sites: The layers whose outputs go into the sums.
    init(
        _ graph: Graph, _ compressed: Graph, sites: [ReconstructionSite], _ calibration: Calibration
    ) throws {
        self.graph = graph
        self.calibration = calibration
        teacher = try Executor(graph)
        student = try Executor(compressed)
        store = ActivationStore(limit: calibration.memory)
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

    private func inputs(_ batch: Int) throws -> [ValueID: Tensor] {
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
            try keep(anchor.isRectified ? merged.applying(.relu) : merged, anchor.value, batch)
        }
        for output in graph.outputs {
            guard let value = values[output] else { continue }
            if kinds[output] == nil { kinds[output] = try OutputDivergence.kind(of: value) }
            try keep(value, output, batch)
        }
    }

    private func keep(_ tensor: Tensor, _ value: ValueID, _ batch: Int) throws {
        if variances[value] == nil, tensor.type.isFloatingPoint {
            // The channels of outputs may be quantities of different scale; those of inner sums are not.
            let isByChannel = graph.outputs.contains(value) && tensor.rank > 2
            let axes = isByChannel ? (0..<tensor.rank).filter { $0 != 1 } : []
            let centred = try tensor.subtracting(
                tensor.reduced(.mean, axes: axes, keepingAxes: isByChannel))
            variances[value] = try centred.multiplied(by: centred)
                .reduced(.mean, axes: axes, keepingAxes: isByChannel)
                .applying(.clamp(low: Self.leastVariance, high: .infinity))
        }
        try store.set(tensor, for: ActivationStore.Key(network: .original, value: value, batch: batch))
    }

    private func target(_ value: ValueID, _ batch: Int) throws -> Tensor? {
        try store.tensor(ActivationStore.Key(network: .original, value: value, batch: batch))
    }

    /// |found - wanted|^2 as a share of the variance.
    private func distance(_ found: Tensor, _ wanted: Tensor, _ value: ValueID) throws -> Tensor {
        let difference = try found.subtracting(wanted)
        let square = try difference.multiplied(by: difference)
        guard let variance = variances[value] else { return try square.reduced(.mean, axes: []) }
        return try square.divided(by: variance).reduced(.mean, axes: [])
    }

    private func outputLoss(_ values: [ValueID: Tensor], _ batch: Int) throws -> Tensor {
        var sum = try Tensor(repeating: 0, shape: [], type: .float32)
        for output in graph.outputs {
            guard let found = values[output], let wanted = try target(output, batch),
                wanted.type.isFloatingPoint, found.shape == wanted.shape
            else { continue }
            switch kinds[output] {
            case .probabilities(let axis):
                let least = Self.leastProbability
                func logarithm(_ share: Tensor) throws -> Tensor {
                    try share.applying(.clamp(low: least, high: 1)).applying(.logarithm)
                }
                let difference = try logarithm(wanted).subtracting(logarithm(found))
                sum = try sum.adding(
                    wanted.multiplied(by: difference).reduced(.sum, axes: [axis]).reduced(.mean, axes: []))
            case .scores:
                let difference = try wanted.logSoftmax(axis: 1).subtracting(found.logSoftmax(axis: 1))
                sum = try sum.adding(
                    wanted.softmax(axis: 1).multiplied(by: difference).reduced(.sum, axes: [1])
                        .reduced(.mean, axes: []))
            case .channels, .whole, nil: sum = try sum.adding(distance(found, wanted, output))
            }
        }
        return sum
    }

    /// The objective on one batch, with parameters in place of the compressed network's own.
    func loss(_ batch: Int, _ parameters: [ValueID: Tensor]) throws -> Tensor {
        try computeTargets(batch)
        let values = try student.compute(compared, from: inputs(batch), parameters: parameters)
        var sum = try outputLoss(values, batch)
        for anchor in anchors {
            guard let value = values[anchor.value], let wanted = try target(anchor.value, batch),
                value.shape == wanted.shape
            else { continue }
            let found = anchor.isRectified ? try value.applying(.relu) : value
            sum = try sum.adding(
                distance(found, wanted, anchor.value)
                    .applying(.multiplied(Self.innerShare / Double(anchors.count))))
        }
        return sum
    }

    /// The mean of the objective over batches.
    func error(_ batches: [Int], _ parameters: [ValueID: Tensor]) throws -> Double {
        try batches.reduce(0) { try $0 + loss($1, parameters).scalar() / Double(batches.count) }
    }
}
