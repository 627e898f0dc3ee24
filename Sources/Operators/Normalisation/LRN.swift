internal import Graph
internal import Torch

/// Local response normalisation: x / (bias + alpha / size times the sum of squares over `size` neighbouring channels)^beta.
struct LRN: Operator {
    static let type = "LRN"

    private let alpha: Float
    private let beta: Float
    private let bias: Float
    private let size: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        alpha = try attributes.float("alpha", default: 1e-4)
        beta = try attributes.float("beta", default: 0.75)
        bias = try attributes.float("bias", default: 1)
        size = try attributes.integer("size", default: 0)
        guard size >= 1 else { throw GraphError("attribute size must be at least 1, got \(size)") }
    }

    var attributes: Attributes {
        var result: Attributes = ["size": .integer(size)]
        if alpha != 1e-4 { result["alpha"] = .float(alpha) }
        if beta != 0.75 { result["beta"] = .float(beta) }
        if bias != 1 { result["bias"] = .float(bias) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try ElementDomain.real.require(input.element)
        try input.requireRank(2...8, "the input")
        return [try .output(input.element, input.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        guard input.rank >= 2 else { throw GraphError("the input must have channels, got \(input.shape)") }
        let channels = input.shape[1]
        // Neighbours beyond the ends count as zeros, so no window needs to reach further than all channels.
        let before = min((size - 1) / 2, channels)
        let after = min(size - 1 - (size - 1) / 2, channels)
        let none = (before: 0, after: 0)
        let squares = try input.multiplied(by: input)
            .padded([none, (before, after)] + input.shape.dropFirst(2).map { _ in none })
        var sum = try squares.sliced(axis: 1, 0..<channels)
        for offset in 1..<max(before + after + 1, 1) {
            sum = try sum.adding(squares.sliced(axis: 1, offset..<(offset + channels)))
        }
        let divisor = try sum.applying(.multiplied(Double(alpha) / Double(size)))
            .applying(.adding(Double(bias))).applying(.power(Double(beta)))
        return [try input.divided(by: divisor)]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        AxisLink.allSame(
            .input(0), .output(0), axes: try inputs.type(0).shape.indices.filter { $0 != 1 })
    }
}
