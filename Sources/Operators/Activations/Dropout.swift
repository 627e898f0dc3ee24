internal import Graph
internal import Torch

/// In training, sets a random share of the elements to 0 and scales the others by 1 / (1 - ratio).
///
/// Outside training the input passes through. The optional second output is the mask of the kept elements.
struct Dropout: Operator {
    static let type = "Dropout"

    /// The share that is dropped; nil if an input gives it.
    let ratio: Float?
    private let writesRatio: Bool
    private let seed: Int?
    private let outputCount: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        // Version 12 of the standard moved the ratio from an attribute to an input.
        writesRatio = signature.operatorSet < 12
        ratio =
            writesRatio
            ? try attributes.float("ratio", default: 0.5) : signature.inputCount > 1 ? nil : 0.5
        seed = attributes["seed"] == nil ? nil : try attributes.integer("seed", default: 0)
        outputCount = signature.outputCount
        if let ratio { try Self.check(Double(ratio)) }
        guard outputCount <= 2 else { throw GraphError("has at most 2 outputs, got \(outputCount)") }
    }

    private static func check(_ ratio: Double) throws(GraphError) {
        guard ratio >= 0, ratio < 1 else { throw GraphError("the ratio must be in [0, 1), got \(ratio)") }
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if let ratio, ratio != 0.5 || writesRatio { result["ratio"] = .float(ratio) }
        if let seed { result["seed"] = .integer(seed) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try ElementDomain.real.require(input.element)
        if let share = inputs.optionalType(1), share.count != 1 {
            throw GraphError("the ratio must be a scalar, got shape \(share.shape)")
        }
        if inputs.optionalType(2) != nil, try inputs.value(2).scalar() != 0 {
            let share =
                try ratio.map { Double($0) }
                ?? (inputs.optionalType(1) == nil ? 0.5 : inputs.value(1).scalar())
            guard share == 0 else {
                throw GraphError(
                    "input training_mode is set: to drop at random is not supported outside of training",
                    isLimitation: true)
            }
        }
        let types = [try TensorType.output(input.element, input.shape), TensorType(.bool, input.shape)]
        return Array(types.prefix(max(outputCount, 1)))
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let ratio = try self.ratio.map { Double($0) } ?? inputs.optional(1)?.scalar() ?? 0.5
        try Self.check(ratio)
        guard context.isTraining, ratio > 0 else {
            guard outputCount > 1 else { return [input] }
            return [input, try Tensor(repeating: 1, shape: input.shape, type: .bool, device: input.device)]
        }
        let threshold = try Tensor([Float(ratio)]).moved(to: input.device)
        let mask = try Tensor(random: .uniform, shape: input.shape, seed: context.seed)
            .moved(to: input.device).combined(.greaterOrEqual, threshold)
        let output = try input.multiplied(by: mask.converted(to: input.type))
            .applying(.multiplied(1 / (1 - ratio)))
        return outputCount > 1 ? [output, mask] : [output]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .arrangement }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let axes = try inputs.type(0).shape.indices
        return outputs.indices.flatMap { AxisLink.allSame(.input(0), .output($0), axes: axes) }
    }
}
