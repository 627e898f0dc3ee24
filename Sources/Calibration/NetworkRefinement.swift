internal import Analysis
internal import Compression
internal import Datasets
public import Graph
internal import Torch

/// Thrown by the report of a refinement to end it with the best state so far.
public struct RefinementEnd: Error {
    /// Makes the error.
    public init() {}
}

/// Changes all layers of a compressed network together until its outputs on calibration inputs match the original's.
///
/// Layers that are fitted one by one each do the best for their own outputs; only the whole network shows where one
/// should give something up for others. Steps of Adam on the weights and biases of all layers lower
///
///     sum over outputs of KL(before || after)  +  100 mean over sums of |max(0, s') - max(0, s)|^2 / Var(max(0, s)),
///
/// with s the sums that end residual blocks (if there are none, the outputs of rectified layers), merged as the plan
/// says. Outputs that are not class scores count by their squared error as a share of their variance, channel by
/// channel. Labels are not needed.
///
/// Part of the samples is held out. Step sizes are tried, the largest first, for a tenth of the steps each. The first
/// that lowers the error on held-out samples is taken, otherwise the one that raises it least; if all raise it by more
/// than a twentieth, the network stays as it was. In the remaining steps, the state with the least held-out error is
/// kept.
///
/// Source: Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network", 2015 (the outputs); Li et al.,
/// "BRECQ: pushing the limit of post-training quantization by block reconstruction", ICLR 2021 (the sums).
public struct NetworkRefinement: Sendable {
    /// The result of a refinement.
    public struct Report: Sendable, Codable, Equatable {
        /// The number of steps done, trials included.
        public let steps: Int
        /// The objective on the held-out samples, before and after.
        public let errorBefore: Double
        public let errorAfter: Double
        /// Whether the change was kept.
        public let isKept: Bool
        /// The peak learning rate, as a share of each tensor's root mean square; nil if none helped.
        public let rate: Double?
    }

    /// The peak learning rates that are tried, as shares of each tensor's root mean square.
    private static let rates = [0.02, 0.005, 0.00125]
    /// The share of the steps in each trial.
    private static let trial = 0.1
    /// The largest factor by which a trial may raise the error and still be a candidate.
    private static let tolerance = 1.05
    /// The number of intervals in the second half of the steps, at whose ends states are compared.
    private static let checks = 4
    /// A tensor's root mean square counts as at least this.
    private static let leastScale = 1e-3
    /// The share of the steps in which the learning rate rises.
    private static let warmUp = 0.05
    /// One batch in this many is held out.
    private static let everyBatch = 8

    private let calibration: Calibration
    private let steps: Int
    private let seed: UInt64

    /// Prepares a refinement.
    ///
    /// - Parameters:
    ///   - calibration: The inputs.
    ///   - steps: The number of steps, each on one batch.
    ///   - seed: The seed of the order of batches.
    public init(_ calibration: Calibration, steps: Int, seed: UInt64 = 0) {
        self.calibration = calibration
        self.steps = steps
        self.seed = seed
    }

    /// Refines a compressed network.
    ///
    /// - Parameters:
    ///   - compressed: The graph of the compressed network, its layers fitted.
    ///   - network: The compressed network before the fit.
    ///   - report: Called before every step with the share that is done; an error it throws ends the work, a
    ///     `RefinementEnd` with the best state so far.
    /// - Throws: `CompressionError` if an error is not finite.
    public func apply(
        to compressed: Graph, of network: CompressedNetwork,
        report: (Double) throws -> Void = { _ in }
    ) throws -> (graph: Graph, report: Report) {
        let graph = network.original.graph
        let sites = try graph.nodeIDs.compactMap {
            try ReconstructionSite($0, network, isKnown: { _ in true })
        }
        var parameters: [ValueID: Tensor] = [:]
        for id in sites.flatMap({ [$0.weight, $0.bias].compactMap { $0 } }) {
            if let tensor = compressed[id].tensor, tensor.type.isFloatingPoint { parameters[id] = tensor }
        }
        let objective = try RefinementObjective(graph, compressed, sites: sites, calibration)
        let (seen, aside) = batches()
        let before = try objective.error(aside, parameters)
        guard before.isFinite else {
            throw CompressionError("the network cannot be refined: its outputs are no numbers")
        }
        var best: (parameters: [ValueID: Tensor], error: Double)?
        var least = Double.infinity
        /// Records a state and returns its error.
        func note(_ parameters: [ValueID: Tensor]) throws -> Double {
            let error = try objective.error(aside, parameters)
            if error < least { least = error }
            if error < best?.error ?? before { best = (parameters, error) }
            return error
        }
        let trial = max(Int(Double(steps) * Self.trial), 1)
        var chosen: (rate: Double, error: Double)?
        var done = 0
        do {
            let first = parameters
            for candidate in Self.rates where chosen?.error ?? before >= before {
                var tried = first
                try descend(
                    &tried, steps: trial, rate: candidate, on: objective, seen,
                    { _ in try report(Double(done) / Double(steps + (Self.rates.count - 1) * trial)) },
                    at: { _, _ in done += 1 })
                let error = try note(tried)
                if error < chosen?.error ?? before * Self.tolerance {
                    (chosen, parameters) = ((candidate, error), tried)
                }
            }
            if let rate = chosen?.rate, steps > trial {
                let rest = steps - trial
                let every = max(rest / (2 * Self.checks), 1)
                try descend(
                    &parameters, steps: rest, rate: rate, on: objective, seen,
                    { try report(Double(done) / Double(done - $0 + rest)) },
                    at: { step, parameters in
                        done += 1
                        let left = rest - step
                        if left % every == 0, left <= rest / 2 { _ = try note(parameters) }
                    })
            }
        } catch is RefinementEnd {
            // If no state was recorded yet, the network stays as it was.
        }
        guard let best else {
            return (
                compressed,
                Report(
                    steps: done, errorBefore: before, errorAfter: least.isFinite ? least : before,
                    isKept: false, rate: nil)
            )
        }
        return (
            try compressed.replacing(parameters: best.parameters),
            Report(
                steps: done, errorBefore: before, errorAfter: best.error, isKept: true, rate: chosen?.rate)
        )
    }

    /// The training batches and the held-out ones; they share no samples.
    private func batches() -> (seen: [Int], aside: [Int]) {
        let distinct = calibration.distinctBatchCount
        guard distinct > 1 else { return (Array(0..<calibration.variedBatchCount), [0]) }
        let every = min(Self.everyBatch, distinct)
        let aside = (0..<distinct).filter { $0 % every == every - 1 }
        let seen = (0..<calibration.variedBatchCount).filter { !aside.contains($0 % distinct) }
        return (seen, aside)
    }

    /// Takes a number of steps, with a callback before and after each.
    private func descend(
        _ parameters: inout [ValueID: Tensor], steps: Int, rate peak: Double,
        on objective: RefinementObjective, _ batches: [Int], _ report: (Int) throws -> Void,
        at check: (Int, [ValueID: Tensor]) throws -> Void
    ) throws {
        let order = parameters.keys.sorted { $0.number < $1.number }
        var descents = try order.map { _ in try AdaptiveDescent(first: 0.9, second: 0.99) }
        let scales = try order.map { id -> Double in
            guard let tensor = parameters[id] else { return 0 }
            return max(
                try tensor.multiplied(by: tensor).reduced(.mean, axes: []).scalar().squareRoot(),
                Self.leastScale)
        }
        let schedule = LearningRateSchedule.oneCycle(warmUp: Self.warmUp)
        var generator = SplitMixGenerator(seed: seed)
        var waiting: [Int] = []
        for step in 0..<steps {
            try report(step)
            if waiting.isEmpty {
                waiting = batches
                for last in stride(from: waiting.count - 1, to: 0, by: -1) {
                    waiting.swapAt(last, generator.integer(below: last + 1))
                }
            }
            let leaves = try parameters.mapValues { try $0.requiringGradient() }
            let gradients = try objective.loss(waiting.removeLast(), leaves)
                .gradients(of: order.compactMap { leaves[$0] })
            let rate = schedule.rate(peak: peak, step: step, total: steps)
            for (place, id) in order.enumerated() {
                guard let gradient = gradients[place], let tensor = parameters[id] else { continue }
                guard try gradient.isFinite() else {
                    throw CompressionError("the network cannot be refined: a gradient is no number")
                }
                parameters[id] = try descents[place].step(
                    tensor, gradient: gradient, learningRate: rate * scales[place])
            }
            try check(step + 1, parameters)
        }
    }
}
