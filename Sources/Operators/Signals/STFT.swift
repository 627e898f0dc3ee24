internal import Graph
internal import Torch

/// The Fourier transforms [n, frames, frequencies, 2] of consecutive frames of signals [n, length, 1 or 2].
///
/// Frame f holds the samples from f step on, times a window. The inputs are the signal, the step, the window
/// and the frames' length; frames = 1 + (length - frame length) / step.
struct STFT: Operator {
    static let type = "STFT"

    private let isOneSided: Bool

    init(attributes: Attributes, signature: OperatorSignature) throws {
        isOneSided = try attributes.flag("onesided", default: true)
    }

    var attributes: Attributes { isOneSided ? [:] : ["onesided": .integer(0)] }

    /// The step, the frames' length and the number of frames.
    private func plan(
        _ shape: [Int], step: [Int], window: Int?, length: [Int]?
    ) throws(GraphError) -> (step: Int, length: Int, frames: Int) {
        guard shape.count == 3, shape[2] == 1 || shape[2] == 2 else {
            throw GraphError("the signal must have shape [n, length, 1 or 2], got \(shape)")
        }
        guard shape[2] == 1 || !isOneSided else {
            throw GraphError("one side says nothing of the spectrum of a complex signal")
        }
        let length = length ?? [window ?? shape[1]]
        guard step.count == 1, step[0] >= 1, length.count == 1, (1...max(shape[1], 1)).contains(length[0]),
            length[0] <= shape[1], window ?? length[0] == length[0]
        else {
            throw GraphError(
                "frames of length \(length) with step \(step) and a window of \(window ?? length[0]) do not fit a signal of \(shape[1])"
            )
        }
        return (step[0], length[0], (shape[1] - length[0]) / step[0] + 1)
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let signal = try inputs.type(0)
        try ElementDomain.real.require(signal.element)
        if let window = inputs.optionalType(2) {
            try window.requireRank(1...1, "the window")
            try window.requireElement(signal.element, "the window")
        }
        let plan = try plan(
            signal.shape, step: inputs.integers(1), window: inputs.optionalType(2)?.shape.first,
            length: inputs.optionalType(3) == nil ? nil : inputs.integers(3))
        let frequencies = isOneSided ? plan.length / 2 + 1 : plan.length
        return [try .output(signal.element, [signal.shape[0], plan.frames, frequencies, 2])]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let signal = try inputs.required(0)
        let window = inputs.optional(2)
        let plan = try plan(
            signal.shape, step: inputs.required(1).integers(), window: window?.count,
            length: inputs.optional(3)?.integers())
        try Checked.requireMade([signal.shape[0], plan.frames, plan.length, 2])
        let places = (0..<plan.frames).flatMap { frame in
            (0..<plan.length).map { frame * plan.step + $0 }
        }
        var frames = try signal.forTransform().selecting(axis: 1, places)
            .reshaped([signal.shape[0], plan.frames, plan.length, signal.shape[2]])
        if let window {
            frames = try frames.multiplied(
                by: window.converted(to: frames.type).reshaped([plan.length, 1]))
        }
        return [
            try frames.fourierTransformed(axis: 2, length: plan.length, isOneSided: isOneSided)
                .converted(to: signal.type)
        ]
    }
}
