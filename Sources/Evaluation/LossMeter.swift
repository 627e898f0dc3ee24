package import Datasets
package import Graph
package import Torch

/// Measures the loss and accuracy of many networks that all differ from a base in the same parameters.
///
/// Nodes before these parameters run once per batch, and their values are kept if they fit into memory;
/// otherwise they run once per call.
package struct LossMeter {
    private let base: Graph
    private let data: ImageDataset
    private let device: Device
    private let batches: [Range<Int>]
    private let executor: Executor
    private let frontier: Set<ValueID>
    private var cache: [Int: [ValueID: Tensor]] = [:]

    /// The number of samples that count.
    package let sampleCount: Int
    /// Whether the values that networks share are kept from one call to the next.
    package let keepsSharedValues: Bool

    /// Prepares a measurement.
    ///
    /// - Parameters:
    ///   - base: The network.
    ///   - example: A network that differs from it in the same parameters as all others.
    ///   - data: The labelled samples.
    ///   - sampleCount: Only the first samples count; nil is all.
    ///   - batchSize: How many samples run at a time.
    ///   - device: Where the networks run.
    ///   - cacheLimit: The most bytes of shared values to keep.
    /// - Throws: `EvaluationError` for counts below 1 or an example that was not made from the base,
    ///   `DatasetError` for images that the network does not take.
    package init(
        _ base: Graph, example: Graph, on data: ImageDataset, sampleCount: Int?, batchSize: Int,
        device: Device, cacheLimit: Int = 2 << 30
    ) throws {
        guard batchSize >= 1, sampleCount ?? 1 >= 1, data.count > 0 else {
            throw EvaluationError(
                "the samples and the batch size must be at least 1, got \(sampleCount ?? data.count) and \(batchSize)"
            )
        }
        try data.requireFit(to: base)
        let count = min(sampleCount ?? data.count, data.count)
        self.base = base
        self.data = data
        self.device = device
        self.sampleCount = count
        batches = stride(from: 0, to: count, by: batchSize).map { $0..<min($0 + batchSize, count) }
        executor = try Executor(base, device: device)
        frontier = try Variant(EvaluationVariant(example), base: base, device: device).frontier
        let bytes = frontier.reduce(0) { sum, id in
            let type = base[id].type
            return sum + (type.count ?? 0) / max(type.shape.first ?? 1, 1) * type.element.byteCount
        }
        keepsSharedValues = bytes <= cacheLimit / count
    }

    /// Measures networks.
    ///
    /// - Parameters:
    ///   - variants: Networks that differ from the base in the same parameters as the example.
    ///   - goesOn: Asked before every batch, with the share of the work done, whether to continue.
    /// - Returns: One measurement per network; nil if it was asked to stop.
    package mutating func measurements(
        of variants: [Graph], goesOn: (Double) throws -> Bool
    ) throws -> [LossMeasurement]? {
        let executors = try variants.map { try Executor($0, device: device, sharing: executor) }
        var losses = [Double](repeating: 0, count: variants.count)
        var correct = [Int](repeating: 0, count: variants.count)
        for (index, range) in batches.enumerated() {
            var shared: [ValueID: Tensor]?
            let labels = try Tensor(range.map { data.labels[$0] }, shape: [range.count]).moved(to: device)
            for (slot, executor) in executors.enumerated() {
                let done = Double(index) + Double(slot) / Double(executors.count)
                guard try goesOn(done / Double(batches.count)) else { return nil }
                let values = try shared ?? sharedValues(of: index, range)
                shared = values
                let graph = executor.graph
                let outputs = try executor.compute([graph.outputs[0]], from: values)
                let output = outputs[graph.outputs[0]]
                correct[slot] += try AccuracyRun.correct(output, labels, base.name)
                guard let output else { continue }
                losses[slot] += try Self.crossEntropy(
                    output, labels, areProbabilities: graph.endsInSoftmax)
            }
        }
        return zip(losses, correct).map {
            LossMeasurement(
                loss: $0 / Double(sampleCount), accuracy: Accuracy(correct: $1, total: sampleCount))
        }
    }

    private mutating func sharedValues(of index: Int, _ range: Range<Int>) throws -> [ValueID: Tensor] {
        if let known = cache[index] { return known }
        let images = try data.batch(range).images.moved(to: device)
        let values = try executor.compute(frontier.sorted(), from: [base.inputs[0]: images])
        if keepsSharedValues { cache[index] = values }
        return values
    }

    /// Returns the sum over samples of -log p(label), where p is the softmax of the outputs
    /// `[samples, classes]`, or the outputs themselves.
    private static func crossEntropy(
        _ outputs: Tensor, _ labels: Tensor, areProbabilities: Bool
    ) throws -> Double {
        let scores = try outputs.converted(to: .float64)
        let logarithms =
            try areProbabilities
            ? scores.applying(.clamp(low: 1e-300, high: 1)).applying(.logarithm)
            : scores.logSoftmax(axis: 1)
        let own = try logarithms.gathered(axis: 1, labels.reshaped([labels.count, 1]))
        return -(try own.reduced(.sum, axes: [0, 1]).scalar())
    }
}

extension Graph {
    /// Whether the first output holds probabilities.
    fileprivate var endsInSoftmax: Bool {
        guard let output = outputs.first, case .node(let id) = self[output].origin else { return false }
        return self[id].type == "Softmax"
    }
}
