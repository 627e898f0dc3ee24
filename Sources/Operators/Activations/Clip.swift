internal import Graph
internal import Torch

/// min(max(x, low), high); either bound may be absent.
///
/// The bounds are scalar inputs, attributes before version 11.
struct Clip: Operator {
    static let type = "Clip"

    private let isLegacy: Bool
    private let low: Float?
    private let high: Float?

    init(attributes: Attributes, signature: OperatorSignature) throws {
        isLegacy = signature.operatorSet < 11
        low = isLegacy && attributes["min"] != nil ? try attributes.float("min", default: 0) : nil
        high = isLegacy && attributes["max"] != nil ? try attributes.float("max", default: 0) : nil
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if let low { result["min"] = .float(low) }
        if let high { result["max"] = .float(high) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try ElementDomain.number.require(input.element)
        for index in 1..<3 where !isLegacy {
            guard let bound = inputs.optionalType(index) else { continue }
            try bound.requireElement(input.element, "a bound")
            guard bound.shape.allSatisfy({ $0 == 1 }), bound.rank <= 1 else {
                throw GraphError("a bound must be a scalar, got shape \(bound.shape)")
            }
        }
        return [try .output(input.element, input.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        guard input.type.isFloatingPoint else { return [try clipIntegers(input, inputs)] }
        let (low, high) = try bounds(inputs)
        return [try input.applying(.clamp(low: low, high: high))]
    }

    private func bounds(_ inputs: [Tensor?]) throws -> (low: Double, high: Double) {
        (
            try self.low.map { Double($0) } ?? inputs.optional(1)?.scalar() ?? -.infinity,
            try self.high.map { Double($0) } ?? inputs.optional(2)?.scalar() ?? .infinity
        )
    }

    var isElementStep: Bool { true }

    func elementStep(_ inputs: [Tensor?]) throws -> (function: ElementProgram.Function, arguments: [Int])? {
        // A bound may be what the same pass computes.
        guard !inputs.indices.contains(0) || inputs[0] == nil else { return nil }
        let (low, high) = try bounds(inputs)
        guard !low.isNaN, !high.isNaN else { return nil }
        return (.clamp(low: low, high: high), [0])
    }

    /// Clips integers, because a floating-point bound would not be exact for all of them.
    private func clipIntegers(_ input: Tensor, _ inputs: [Tensor?]) throws -> Tensor {
        func bound(_ value: Float?, _ index: Int) throws -> Tensor? {
            guard let value else { return try inputs.optional(index)?.reshaped([]) }
            return try Tensor(repeating: Double(value), shape: [], type: input.type, device: input.device)
        }
        var result = input
        if let low = try bound(low, 1) { result = try result.combined(.maximum, low) }
        if let high = try bound(high, 2) { result = try result.combined(.minimum, high) }
        return result
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .function }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        AxisLink.allSame(.input(0), .output(0), axes: try inputs.type(0).shape.indices)
    }
}
