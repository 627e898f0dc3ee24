internal import Graph
internal import Torch

/// Counts correct samples of a base network and its variants batch by batch.
struct AccuracyRun {
    private let base: Graph
    private let variants: [Variant]
    private let samples: Int
    private let device: Device
    private let baseWork: Int
    private let baseExecutor: Executor
    private var workDone = 0.0
    private let totalWork: Double

    private struct CachedBatch {
        let values: [ValueID: Tensor]
        let labels: Tensor
        let count: Int
    }

    init(
        base: Graph, variants: [Variant], samples: Int, includesBase: Bool, device: Device
    ) throws {
        self.base = base
        self.variants = variants
        self.samples = samples
        self.device = device
        baseWork = base.multiplyAccumulates
        baseExecutor = try Executor(base, device: device)
        totalWork =
            Double(samples) * Double(max(variants.reduce(includesBase ? baseWork : 0) { $0 + $1.work }, 1))
    }

    /// Evaluates some variants; returns false if the report asked to stop.
    mutating func evaluate(
        _ unit: [Int], includingBase: Bool, segments: [[Range<Int>]],
        report: (AccuracyEvaluator.Event) -> Bool,
        batch: (Range<Int>) throws -> (images: Tensor, labels: Tensor)
    ) throws -> Bool {
        let frontier = unit.reduce(into: Set<ValueID>()) { $0.formUnion(variants[$1].frontier) }
        let executors = try unit.map {
            try Executor(variants[$0].graph, device: device, sharing: baseExecutor)
        }
        var correct = [Int](repeating: 0, count: unit.count)
        var baseCorrect = 0
        for (position, segment) in segments.enumerated() {
            let isLast = position == segments.count - 1
            var cache: [CachedBatch] = []
            for range in segment {
                let (images, labels) = try batch(range)
                let placed = try labels.moved(to: device)
                let targets = frontier.union(includingBase ? base.outputs : [])
                let values = try baseExecutor.compute(
                    targets.sorted(), from: [base.inputs[0]: images.moved(to: device)])
                if includingBase {
                    baseCorrect += try Self.correct(
                        values[base.outputs[0]], placed, base.name, requiringNumbers: true)
                    if !advance(Double(range.count) * Double(baseWork), report) { return false }
                }
                cache.append(
                    CachedBatch(
                        values: values.filter { frontier.contains($0.key) }, labels: placed,
                        count: range.count))
            }
            if includingBase, isLast {
                if !report(.base(Accuracy(correct: baseCorrect, total: samples))) { return false }
            }
            for (slot, index) in unit.enumerated() {
                let variant = variants[index]
                for batch in cache {
                    var known = batch.values.filter { variant.frontier.contains($0.key) }
                    if let mixer = variant.mixer {
                        for value in variant.mixed {
                            if let base = known[value] { known[value] = try mixer.applied(to: base) }
                        }
                    }
                    let outputs = try executors[slot].compute(variant.graph.outputs, from: known)
                    correct[slot] += try Self.correct(
                        outputs[variant.graph.outputs[0]], batch.labels, variant.graph.name)
                    if !advance(Double(batch.count) * Double(variant.work), report) { return false }
                }
                if isLast {
                    let accuracy = Accuracy(correct: correct[slot], total: samples)
                    if !report(.variant(index, accuracy)) { return false }
                }
            }
        }
        return true
    }

    private mutating func advance(_ work: Double, _ report: (AccuracyEvaluator.Event) -> Bool) -> Bool {
        workDone += work
        return report(.progress(min(1, workDone / totalWork)))
    }

    /// Returns how many samples the outputs classify correctly.
    ///
    /// - Throws: `EvaluationError` if they are not `[samples, classes]`.
    static func correct(
        _ logits: Tensor?, _ labels: Tensor, _ name: String, requiringNumbers: Bool = false
    ) throws -> Int {
        if let logits { try PackedSequence.refuse(logits, as: "the output of \(name)") }
        guard let logits, logits.rank == 2, logits.shape[0] == labels.count else {
            throw EvaluationError(
                "\(name) must give [samples, classes] outputs, got \(logits?.shape ?? []) for \(labels.count) samples"
            )
        }
        let matches = try logits.argMax(axis: 1).combined(.equal, labels)
        // Only numbers equal themselves: a sample with a NaN output is not classified.
        let areNumbers = try logits.combined(.equal, logits).reduced(.all, axes: [1])
        guard try !requiringNumbers || areNumbers.reduced(.all, axes: [0]).scalar() == 1 else {
            throw EvaluationError("the outputs of \(name) are not finite numbers")
        }
        return Int(
            try matches.combined(.and, areNumbers).converted(to: .int64).reduced(.sum, axes: [0]).scalar())
    }
}
