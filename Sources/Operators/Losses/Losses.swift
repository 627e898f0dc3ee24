internal import Graph
internal import Torch

/// The negative logarithm of the target class's probability: -w[t] x[n, t, ...], for log-probabilities [n, c, ...], targets
/// [n, ...] and weights of classes [c].
struct NegativeLogLikelihoodLoss: Operator {
    static let type = "NegativeLogLikelihoodLoss"

    private let loss: ClassLoss

    init(attributes: Attributes, signature: OperatorSignature) throws {
        loss = try ClassLoss(attributes)
    }

    var attributes: Attributes { loss.attributes }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] { [try loss.type(inputs)] }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [try loss.value(inputs.required(0), targets: inputs.required(1), weights: inputs.optional(2))]
    }
}

/// `NegativeLogLikelihoodLoss` of log(softmax(x)) along axis 1, which is the second output.
struct SoftmaxCrossEntropyLoss: Operator {
    static let type = "SoftmaxCrossEntropyLoss"

    private let loss: ClassLoss
    private let outputCount: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        loss = try ClassLoss(attributes)
        outputCount = signature.outputCount
        guard outputCount <= 2 else { throw GraphError("has at most 2 outputs, got \(outputCount)") }
    }

    var attributes: Attributes { loss.attributes }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let scores = try inputs.type(0)
        return try Array(
            [loss.type(inputs), .output(scores.element, scores.shape)].prefix(max(outputCount, 1)))
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let scores = try inputs.required(0)
        let logarithms = try scores.inSinglePrecision().logSoftmax(axis: 1)
        let value = try loss.value(logarithms, targets: inputs.required(1), weights: inputs.optional(2))
        return try Array([value, logarithms].prefix(max(outputCount, 1))).map {
            try $0.converted(to: scores.type)
        }
    }
}

/// The attributes of a loss of class indices.
struct ClassLoss: Sendable {
    private enum Reduction: String, CaseIterable {
        case none, mean, sum
    }

    private let reduction: Reduction
    private let ignored: Int?

    init(_ attributes: Attributes) throws(GraphError) {
        reduction = try attributes.choice("reduction", default: Reduction.mean)
        ignored = try attributes.optionalInteger("ignore_index")
    }

    /// What differs from the defaults.
    var attributes: Attributes {
        var result: Attributes = [:]
        if reduction != .mean { result["reduction"] = .string(reduction.rawValue) }
        if let ignored { result["ignore_index"] = .integer(ignored) }
        return result
    }

    /// Returns the type of the loss of scores [n, c, ...], targets [n, ...] and weights [c].
    func type(_ inputs: OperatorInputs) throws -> TensorType {
        let (scores, targets) = (try inputs.type(0), try inputs.type(1))
        try ElementDomain.real.require(scores.element)
        guard scores.rank >= 2 else {
            throw GraphError("the scores must have a batch and classes, got shape \(scores.shape)")
        }
        try IndexTensors.require(targets, "the targets")
        try targets.requireShape([scores.shape[0]] + scores.shape[2...], "the targets")
        try IndexTensors.checkCounted(
            inputs.constant(1), below: scores.shape[1], except: ignored, "class")
        if let weights = inputs.optionalType(2) {
            try weights.requireShape([scores.shape[1]], "the weights")
            try weights.requireElement(scores.element, "the weights")
        }
        return try .output(scores.element, reduction == .none ? targets.shape : [])
    }

    /// Returns the loss of log-probabilities.
    func value(_ logarithms: Tensor, targets: Tensor, weights: Tensor?) throws -> Tensor {
        let shape = targets.shape
        guard logarithms.rank >= 2, shape == [logarithms.shape[0]] + logarithms.shape[2...] else {
            throw GraphError("targets of shape \(shape) do not fit scores of \(logarithms.shape)")
        }
        let zero = try Tensor(repeating: 0, shape: [], type: logarithms.type, device: logarithms.device)
        var classes = try targets.converted(to: .int64)
        var isIgnored: Tensor?
        if let ignored {
            let mask = try classes.combined(.equal, Tensor([ignored], shape: []).moved(to: targets.device))
            classes = try mask.choosing(
                Tensor(repeating: 0, shape: [], type: .int64, device: targets.device), classes)
            isIgnored = mask
        }
        let column = [shape.first ?? 1, 1] + shape.dropFirst()
        var losses = try logarithms.gathered(axis: 1, classes.reshaped(column)).reshaped(shape)
            .applying(.negated)
        var shares =
            try weights.map {
                try $0.converted(to: logarithms.type).selecting(axis: 0, at: classes.reshaped([-1]))
                    .reshaped(shape)
            }
            ?? Tensor(repeating: 1, shape: shape, type: logarithms.type, device: logarithms.device)
        losses = try losses.multiplied(by: shares)
        if let isIgnored {
            losses = try isIgnored.choosing(zero, losses)
            shares = try isIgnored.choosing(zero, shares)
        }
        let axes = Array(shape.indices)
        switch reduction {
        case .none: return losses
        case .sum: return try losses.reduced(.sum, axes: axes)
        case .mean:
            return try losses.reduced(.sum, axes: axes).divided(by: shares.reduced(.sum, axes: axes))
        }
    }
}

extension Tensor {
    /// Returns the elements in at least single precision, for which the engine has every function.
    func inSinglePrecision() throws(TorchError) -> Tensor {
        [.float16, .bfloat16].contains(type) ? try converted(to: .float32) : self
    }
}
