public import Datasets
public import Graph
public import Torch

/// Measures the accuracy of networks on a labelled data set.
///
/// Networks that differ from a base only after some node share everything before it. The base runs once, and
/// the values where the variants branch off are kept for all of them.
public struct AccuracyEvaluator: Sendable {
    private let data: ImageDataset
    private let count: Int
    private let batchSize: Int
    private let device: Device
    private let cacheLimit: Int

    /// Makes an evaluator.
    ///
    /// - Parameters:
    ///   - data: The labelled samples.
    ///   - sampleCount: Only the first samples count; nil is all.
    ///   - batchSize: The number of samples per run.
    ///   - device: Where the networks run.
    ///   - cacheLimit: The most bytes of shared values to keep at a time.
    /// - Throws: `EvaluationError` for counts below 1.
    public init(
        _ data: ImageDataset, sampleCount: Int? = nil, batchSize: Int = 250, device: Device = .cpu,
        cacheLimit: Int = 2 << 30
    ) throws {
        guard data.count > 0 else { throw EvaluationError("the data set \(data.name) is empty") }
        guard sampleCount ?? 1 >= 1 else {
            throw EvaluationError("the number of samples must be at least 1, got \(sampleCount ?? 0)")
        }
        guard batchSize >= 1 else {
            throw EvaluationError("the batch size must be at least 1, got \(batchSize)")
        }
        self.data = data
        count = min(sampleCount ?? data.count, data.count)
        self.batchSize = batchSize
        self.device = device
        self.cacheLimit = cacheLimit
    }

    /// The number of samples that count.
    public var sampleCount: Int { count }

    /// What happens during an evaluation.
    public enum Event: Sendable {
        /// The base network's accuracy is known.
        case base(Accuracy)
        /// A variant's accuracy is known.
        case variant(Int, Accuracy)
        /// The share of the work done, 0 ... 1.
        case progress(Double)
    }

    /// Returns the accuracy of one network.
    ///
    /// - Parameter progress: Called with the share of the work done; an error it throws ends the work.
    public func accuracy(
        of graph: Graph, progress: (Double) throws -> Void = { _ in }
    ) throws -> Accuracy {
        var result = Accuracy(correct: 0, total: 0)
        var failure: (any Error)?
        try evaluate(base: graph, variants: []) { event in
            switch event {
            case .base(let accuracy): result = accuracy
            case .progress(let share):
                do { try progress(share) } catch { failure = error }
            case .variant: break
            }
            return failure == nil
        }
        if let failure { throw failure }
        return result
    }

    /// Evaluates a network and variants made from it, and reports each when it is finished.
    ///
    /// - Parameters:
    ///   - base: The network.
    ///   - variants: Networks made from it by replacing parameters and operators.
    ///   - includesBase: Whether the base's own accuracy is measured too.
    ///   - report: Called for every event; returning false ends the evaluation after the current batch.
    public func evaluate(
        base: Graph, variants: [EvaluationVariant], includesBase: Bool = true, report: (Event) -> Bool
    ) throws {
        try data.requireFit(to: base)
        let departures = try variants.map { try Variant($0, base: base, device: device) }
        var run = try AccuracyRun(
            base: base, variants: departures, samples: count, includesBase: includesBase, device: device)
        for (position, unit) in units(departures, of: base).enumerated() {
            let finished = try run.evaluate(
                unit, includingBase: includesBase && position == 0,
                segments: segments(unit, departures, base), report: report
            ) { range in
                let batch = try data.batch(range)
                return (batch.images, batch.labels)
            }
            if !finished { return }
        }
    }

    /// Sets of variants that are evaluated over one cache: all together if that fits, otherwise grouped by
    /// where they branch off.
    private func units(_ variants: [Variant], of base: Graph) -> [[Int]] {
        let all = Array(variants.indices)
        guard bytesPerSample(all, variants, base) > cacheLimit / count else { return [all] }
        var byFrontier: [Set<ValueID>: [Int]] = [:]
        for index in all { byFrontier[variants[index].frontier, default: []].append(index) }
        return byFrontier.values.sorted { ($0.first ?? 0) < ($1.first ?? 0) }
    }

    /// Runs of batches whose shared values fit the cache.
    private func segments(_ unit: [Int], _ variants: [Variant], _ base: Graph) -> [[Range<Int>]] {
        let bytes = bytesPerSample(unit, variants, base)
        let batches = stride(from: 0, to: count, by: batchSize).map { $0..<min($0 + batchSize, count) }
        let perSegment = bytes == 0 ? batches.count : max(1, cacheLimit / bytes / batchSize)
        return stride(from: 0, to: batches.count, by: perSegment).map {
            Array(batches[$0..<min($0 + perSegment, batches.count)])
        }
    }

    private func bytesPerSample(_ unit: [Int], _ variants: [Variant], _ base: Graph) -> Int {
        unit.reduce(into: Set<ValueID>()) { $0.formUnion(variants[$1].frontier) }.reduce(0) {
            $0 + (base[$1].type.count ?? 0) * base[$1].type.element.byteCount
        }
    }
}
