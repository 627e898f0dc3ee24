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
///     sum over outputs of d(before, after)  +  c mean over sums of |max(0, s') - max(0, s)|^2 / Var(max(0, s)),
///
/// with d as `OutputObjective` says, and s the sums that end residual blocks (if there are none, the outputs of
/// rectified layers), merged as the plan says. c sets the share of the second part at the start. Labels are not needed.
///
/// Weights move in the coordinates of `LayerWhitening`, so that a step's rate is a share of the layers' outputs.
///
/// Part of the samples is held out. Step sizes are tried, the largest first, for a tenth of the steps each, and are too large
/// if they raise the error on held-out samples by more than a twentieth. Of the others the first is taken if it does not lower
/// the error, as so few steps say little and a larger one goes further; otherwise the one that lowers it most. The network
/// stays as it was if all are too large. In the remaining steps, the state with the least held-out error is kept.
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
        /// The peak learning rate, as a share of each layer's outputs; nil if none helped.
        public let rate: Double?
    }

    /// The peak learning rates that are tried, as shares of each layer's outputs.
    private static let rates = [0.003, 0.001, 0.0003, 0.0001]
    /// The most batches on which layers' inputs are measured.
    private static let mostMeasured = 8
    /// The most samples of a step: more steps help more than larger ones.
    static let samples = 16
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
        try objective.prepare(Array(aside + seen), parameters)
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
            let layers = try layers(sites, compressed, objective, seen)
            for candidate in Self.rates {
                var tried = first
                try descend(
                    &tried, steps: trial, rate: candidate, on: objective, seen, layers,
                    { _ in try report(Double(done) / Double(steps + (Self.rates.count - 1) * trial)) },
                    at: { _, _ in done += 1 })
                let error = try note(tried)
                if error < chosen?.error ?? before * Self.tolerance {
                    (chosen, parameters) = ((candidate, error), tried)
                    if error >= before { break }
                } else if chosen != nil {
                    break
                }
            }
            if let rate = chosen?.rate, steps > trial {
                let rest = steps - trial
                let every = max(rest / (2 * Self.checks), 1)
                try descend(
                    &parameters, steps: rest, rate: rate, on: objective, seen, layers,
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

    /// What is known of the layers' inputs and outputs.
    private struct Layers {
        /// By the layers' weights.
        var whitenings: [ValueID: LayerWhitening] = [:]
        /// The root mean squares of the layers' outputs, by their biases.
        var outputScales: [ValueID: Double] = [:]
    }

    /// Measures the inputs of layers of the compressed network.
    private func layers(
        _ sites: [ReconstructionSite], _ compressed: Graph, _ objective: RefinementObjective, _ batches: [Int]
    ) throws -> Layers {
        let executor = try Executor(compressed)
        let values = Array(Set(sites.map(\.data)))
        let read = try batches.prefix(Self.mostMeasured).map {
            try executor.compute(values, from: objective.inputs($0))
        }
        var result = Layers()
        for site in sites {
            guard let weight = compressed[site.weight].tensor, weight.type.isFloatingPoint,
                let whitening = try LayerWhitening(
                    site.linear, weight: weight, inputs: read.compactMap { $0[site.data] })
            else { continue }
            result.whitenings[site.weight] = whitening
            if let bias = site.bias { result.outputScales[bias] = whitening.scale }
        }
        return result
    }

    /// A parameter's way through a descent.
    private struct Course {
        let id: ValueID
        let whitening: LayerWhitening?
        /// What the rate is multiplied by.
        let scale: Double
        let first: Tensor
        var descent: AdaptiveDescent
        /// The parameter, or its whitened change.
        var position: Tensor

        mutating func step(_ gradient: Tensor, rate: Double) throws -> Tensor {
            guard let whitening else {
                position = try descent.step(position, gradient: gradient, learningRate: rate * scale)
                return position
            }
            position = try descent.step(
                position, gradient: whitening.gradient(gradient), learningRate: rate)
            return try whitening.weight(position, from: first)
        }
    }

    private func course(
        of id: ValueID, _ tensor: Tensor, _ whitening: LayerWhitening?, outputScale: Double?
    ) throws -> Course {
        let position: Tensor =
            if let whitening {
                try Tensor(repeating: 0, shape: whitening.coordinates, type: tensor.type)
            } else {
                tensor
            }
        let size = try tensor.multiplied(by: tensor).reduced(.mean, axes: []).scalar().squareRoot()
        return Course(
            id: id, whitening: whitening, scale: outputScale ?? max(size, Self.leastScale), first: tensor,
            descent: try AdaptiveDescent(first: 0.9, second: 0.99), position: position)
    }

    /// Takes a number of steps, with a callback before and after each.
    private func descend(
        _ parameters: inout [ValueID: Tensor], steps: Int, rate peak: Double,
        on objective: RefinementObjective, _ batches: [Int], _ layers: Layers,
        _ report: (Int) throws -> Void, at check: (Int, [ValueID: Tensor]) throws -> Void
    ) throws {
        var courses = try parameters.keys.sorted { $0.number < $1.number }.compactMap { id in
            try parameters[id].map {
                try course(of: id, $0, layers.whitenings[id], outputScale: layers.outputScales[id])
            }
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
                .gradients(of: courses.compactMap { leaves[$0.id] })
            let rate = schedule.rate(peak: peak, step: step, total: steps)
            for place in courses.indices {
                guard let gradient = gradients[place] else { continue }
                guard try gradient.isFinite() else {
                    throw CompressionError("the network cannot be refined: a gradient is no number")
                }
                parameters[courses[place].id] = try courses[place].step(gradient, rate: rate)
            }
            try check(step + 1, parameters)
        }
    }
}
