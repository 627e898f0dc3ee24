internal import Graph
internal import Torch

/// Attention with its projection: queries, keys and values are x W + b, W [c, q + k + v].
///
/// The inputs are x [n, positions, c], W, b, a mask, past keys and values [2, n, heads, past, length], and a
/// term added to the scores; the outputs are [n, positions, v] and the keys and values for the next call.
struct MicrosoftAttention: Operator {
    static let type = "Attention"
    static let domain = Microsoft.domain

    private let attention: MergedAttention

    init(attributes: Attributes, signature: OperatorSignature) throws {
        attention = try MergedAttention(attributes, signature)
    }

    private init(_ attention: MergedAttention) { self.attention = attention }

    var attributes: Attributes { attention.attributes }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (input, weight) = (try inputs.type(0), try inputs.type(1))
        try ElementDomain.real.require(input.element)
        try input.requireRank(3...3, "the input")
        try weight.requireRank(2...2, "the weight")
        try weight.requireShape([input.shape[2], weight.shape[1]], "the weight")
        try inputs.optionalType(2)?.requireShape([weight.shape[1]], "the bias")
        for index in [1, 2, 4, 5] {
            try inputs.optionalType(index)?.requireElement(input.element, "input \(index)")
        }
        guard inputs.optionalType(6) == nil else { throw GraphError("a shared buffer is not supported") }
        return try attention.types(
            input.shape, width: weight.shape[1], element: input.element, mask: inputs.optionalType(3)?.shape,
            past: inputs.optionalType(4)?.shape, bias: inputs.optionalType(5)?.shape)
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        var projection = try inputs.required(0).matrixMultiplied(by: inputs.required(1))
        if let bias = inputs.optional(2) { projection = try projection.adding(bias) }
        return try attention.outputs(
            projection, mask: inputs.optional(3), past: inputs.optional(4), bias: inputs.optional(5))
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let width = try inputs.type(1).shape[1]
        var parameters: [(axis: AxisReference, role: MemberRole)] = [(.input(1, 1), .producer)]
        if inputs.optionalType(2) != nil { parameters.append((.input(2, 0), .bias)) }
        let links = AxisLink(.input(1, 0), .input(0, 2), role: .consumer)
        // A term per head would have to lose the same heads.
        guard inputs.optionalType(5)?.shape[1] ?? 1 == 1 else { return [links] }
        return [links]
            + (try attention.links(
                width: width, parameters: parameters, past: inputs.optionalType(4) == nil ? nil : 4))
    }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        guard let input = inputs.optionalType(0)?.shape, let weight = inputs.optionalType(1)?.shape else {
            return OperatorCost()
        }
        let own = attention.products(input, width: weight[1], past: inputs.optionalType(4)?.shape)
        let projection = Checked.saturatingProduct(input + [weight[1]])
        let (total, overflow) = own.addingReportingOverflow(projection)
        return OperatorCost(multiplyAccumulates: overflow ? .max : total)
    }

    func resized(_ change: AxisChange) throws -> MicrosoftAttention {
        MicrosoftAttention(try attention.resized(change, width: change.inputs.type(1).shape[1]))
    }
}

/// `MicrosoftAttention` of a quantised input and weight.
///
/// The inputs are x [n, positions, c] and W [c, 3 c'] of 8-bit integers, the bias, the scales of x and W (one
/// or one per column), a mask, the zero points of x and W, and past keys and values.
struct QAttention: Operator {
    static let type = "QAttention"
    static let domain = Microsoft.domain

    private let attention: MergedAttention

    init(attributes: Attributes, signature: OperatorSignature) throws {
        attention = try MergedAttention(attributes, signature)
    }

    private init(_ attention: MergedAttention) { self.attention = attention }

    var attributes: Attributes { attention.attributes }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (input, weight, bias) = (try inputs.type(0), try inputs.type(1), try inputs.type(2))
        try input.requireRank(3...3, "the input")
        try weight.requireRank(2...2, "the weight")
        try weight.requireShape([input.shape[2], weight.shape[1]], "the weight")
        try bias.requireShape([weight.shape[1]], "the bias")
        try ElementDomain.real.require(bias.element)
        try QuantisedProduct.check(inputs, input: 0, parameters: [], isLeft: true)
        try QuantisedProduct.check(inputs, input: 1, parameters: [4, 7], isLeft: false)
        guard try inputs.type(3).count == 1, inputs.optionalType(6)?.count ?? 1 == 1 else {
            throw GraphError("the input's scale and zero point must be scalars")
        }
        return try attention.types(
            input.shape, width: weight.shape[1], element: bias.element, mask: inputs.optionalType(5)?.shape,
            past: inputs.optionalType(8)?.shape, bias: nil)
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (weight, bias) = (try inputs.required(1), try inputs.required(2))
        let scale = try QuantisedProduct.spread(inputs.required(4), of: weight, isLeft: false)
            .multiplied(by: inputs.required(3).reshaped([]))
        let projection = try QuantisedProduct.product(
            inputs.required(0), inputs.optional(6), weight, inputs.optional(7)
        ).converted(to: bias.type).multiplied(by: scale).adding(bias)
        return try attention.outputs(
            projection, mask: inputs.optional(5), past: inputs.optional(8), bias: nil)
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        var parameters: [(axis: AxisReference, role: MemberRole)] = [
            (.input(1, 1), .producer), (.input(2, 0), .bias),
        ]
        for index in [4, 7] where inputs.optionalType(index)?.count ?? 1 != 1 {
            parameters.append((.input(index, 0), .perChannel))
        }
        return [AxisLink(.input(1, 0), .input(0, 2), role: .consumer)]
            + (try attention.links(
                width: inputs.type(1).shape[1], parameters: parameters,
                past: inputs.optionalType(8) == nil ? nil : 8))
    }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        guard let input = inputs.optionalType(0)?.shape, let weight = inputs.optionalType(1)?.shape else {
            return OperatorCost()
        }
        let own = attention.products(input, width: weight[1], past: inputs.optionalType(8)?.shape)
        let (total, overflow) = own.addingReportingOverflow(Checked.saturatingProduct(input + [weight[1]]))
        return OperatorCost(multiplyAccumulates: overflow ? .max : total)
    }

    func resized(_ change: AxisChange) throws -> QAttention {
        QAttention(try attention.resized(change, width: change.inputs.type(1).shape[1]))
    }
}
