public import Analysis
internal import Compression
internal import Foundation
public import Graph
public import Torch

/// Inputs optimised by gradient descent until a network's activations have the moments that its batch-norms hold.
///
/// Starting from rough inputs x_n, the pixels follow the gradient of
///
///     mean over values of mean_c [min(((m_c - mu_c) / sigma_c)^2, 25) + min((s_c / sigma_c - 1)^2, 25)]
///         + 0.033 cross-entropy of the outputs with classes taken in turn + 0.001 total variation,
///
/// with m_c and s_c the mean and the deviation of channel c over the batch, and mu_c and sigma_c the known ones. The
/// network itself describes its training inputs; no data is needed.
///
/// Source: Cai et al., "ZeroQ", CVPR 2020; Yin et al., "Dreaming to distill: data-free knowledge transfer via
/// DeepInversion", CVPR 2020, section 3.2.
public struct NetworkInversion: Sendable {
    private static let learningRate = 0.05
    private static let leastRate = 1e-4
    private static let classShare = 0.1 / 3
    private static let variationShare = 1e-3
    private static let greatestError = 25.0
    private static let leastDeviation = 1e-3
    /// The most bytes of one batch's activations, gradients included.
    private static let batchBytes = 3 << 30
    private static let greatestBatch = 128

    private struct Anchor: Sendable {
        let value: ValueID
        /// `[channels]`, single precision
        let mean: Tensor
        let deviation: Tensor
    }

    private let executor: Executor
    private let input: ValueID
    private let anchors: [Anchor]
    private let logits: ValueID?

    /// The number of inputs that are optimised together: the moments of activations are taken over this batch.
    public let batchSize: Int

    /// Finds the known moments of a network; nil if there are none, or if it does not have exactly one input, of
    /// single-precision numbers.
    ///
    /// - Parameters:
    ///   - graph: The network, batch-norms folded.
    ///   - moments: The moments that its batch-norms hold.
    public init?(_ graph: Graph, _ moments: NetworkMoments) throws {
        guard graph.inputs.count == 1, graph[graph.inputs[0]].type.element == .float32 else { return nil }
        input = graph.inputs[0]
        anchors = try graph.nodeIDs.flatMap { graph[$0].outputs }.compactMap { value in
            guard let known = moments.channels[graph[value].name], graph[value].type.shape.count > 1,
                graph[value].type.shape[1] == known.mean.count, !known.mean.isEmpty
            else { return nil }
            return Anchor(
                value: value, mean: try Tensor(known.mean.map(Float.init)),
                deviation: try Tensor(known.deviation.map { Float(max($0, Self.leastDeviation)) }))
        }
        guard !anchors.isEmpty else { return nil }
        let output = graph.outputs.first
        logits = output.flatMap {
            graph.outputs.count == 1 && graph[$0].type.shape.count == 2 && graph[$0].type.shape[1] > 1
                ? $0 : nil
        }
        executor = try Executor(graph)
        let traced = max(graph[input].type.shape.first ?? 1, 1)
        let bytes = graph.nodeIDs.flatMap { graph[$0].outputs }.reduce(0.0) {
            $0 + Double(graph[$1].type.count ?? 0) * 4 / Double(traced)
        }
        batchSize = min(max(Int(Double(Self.batchBytes) / max(3 * bytes, 1)), 2), Self.greatestBatch)
    }

    /// Returns optimised inputs.
    ///
    /// - Parameters:
    ///   - start: The initial inputs, one batch. `[n, ...]`
    ///   - steps: The number of steps.
    ///   - report: Called before every step with the share that is done.
    public func inputs(
        from start: Tensor, steps: Int, report: (Double) throws -> Void = { _ in }
    ) throws -> Tensor {
        var inputs = start
        let axes = (0..<start.rank).filter { $0 != 1 }
        let bounds = (
            try start.reduced(.minimum, axes: axes, keepingAxes: true),
            try start.reduced(.maximum, axes: axes, keepingAxes: true)
        )
        var descent = try AdaptiveDescent(first: 0.9, second: 0.99)
        for step in 0..<steps {
            try report(Double(step) / Double(steps))
            let leaf = try inputs.requiringGradient()
            guard let gradient = try loss(leaf).gradients(of: [leaf])[0], try gradient.isFinite() else {
                throw CompressionError("the network cannot be inverted: the gradient is no number")
            }
            let rate =
                Self.learningRate * 0.5 * (1 + cos(.pi * Double(step) / Double(steps))) + Self.leastRate
            inputs = try descent.step(inputs, gradient: gradient, learningRate: rate)
                .combined(.maximum, bounds.0).combined(.minimum, bounds.1)
        }
        return inputs
    }

    private func loss(_ inputs: Tensor) throws -> Tensor {
        let targets = anchors.map(\.value) + (logits.map { [$0] } ?? [])
        let values = try executor.compute(targets, from: [input: inputs], parameters: [:])
        var sum = try Tensor(repeating: 0, shape: [], type: .float32)
        for anchor in anchors {
            guard let value = values[anchor.value] else { continue }
            sum = try sum.adding(error(of: value, anchor))
        }
        sum = try sum.applying(.multiplied(1 / Double(anchors.count)))
        if let logits, let value = values[logits] {
            let classes = value.shape[1]
            let labels = try Tensor((0..<value.shape[0]).map { $0 % classes })
            sum = try sum.adding(
                value.crossEntropy(targets: labels).applying(.multiplied(Self.classShare)))
        }
        for axis in 2..<max(inputs.rank, 2) where inputs.shape[axis] > 1 && inputs.rank == 4 {
            let length = inputs.shape[axis]
            let steps = try inputs.sliced(axis: axis, 1..<length)
                .subtracting(inputs.sliced(axis: axis, 0..<(length - 1)))
            sum = try sum.adding(
                steps.multiplied(by: steps).reduced(.mean, axes: [])
                    .applying(.multiplied(Self.variationShare)))
        }
        return sum
    }

    private func error(of value: Tensor, _ anchor: Anchor) throws -> Tensor {
        let axes = (0..<value.rank).filter { $0 != 1 }
        let mean = try value.reduced(.mean, axes: axes, keepingAxes: true)
        let centred = try value.subtracting(mean)
        // The square root has no finite slope at zero.
        let deviation = try centred.multiplied(by: centred).reduced(.mean, axes: axes)
            .adding(anchor.deviation.multiplied(by: anchor.deviation).applying(.multiplied(1e-6)))
            .applying(.squareRoot)
        let count = anchor.mean.count
        let errors = [
            try mean.reshaped([count]).subtracting(anchor.mean).divided(by: anchor.deviation),
            try deviation.divided(by: anchor.deviation).applying(.adding(-1)),
        ]
        return try errors.map {
            try $0.multiplied(by: $0).applying(.clamp(low: 0, high: Self.greatestError))
                .reduced(.mean, axes: [])
        }.reduce(Tensor(repeating: 0, shape: [], type: .float32)) { try $0.adding($1) }
    }
}
