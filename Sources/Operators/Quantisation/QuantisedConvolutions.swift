internal import Graph
internal import Torch

/// The convolution of 8-bit integers less their zero points, as 32-bit integers.
///
/// y = conv(x - x zero, w - w zero) for input [n, in, ...] and weight [out, in / group, ...]; the weight's zero point may be one
/// per output channel. The inputs are x, w, x zero and w zero.
struct ConvInteger: Operator {
    static let type = "ConvInteger"
    private static let part = NodePart([0, 1], element: .float32)

    private let convolution: Conv

    init(attributes: Attributes, signature: OperatorSignature) throws {
        convolution = try Conv(attributes: attributes, signature: signature)
    }

    private init(_ convolution: Conv) { self.convolution = convolution }

    var attributes: Attributes { convolution.attributes }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        try QuantisedConvolution.check(inputs, input: 0, zero: 2, "the input")
        try QuantisedConvolution.check(inputs, input: 1, zero: 3, "the weight")
        try QuantisedConvolution.checkPerChannel(inputs, weight: 1, parameters: [3])
        guard inputs.optionalType(2)?.count ?? 1 == 1 else {
            throw GraphError("the input's zero point must be a scalar")
        }
        return try convolution.inferredTypes(Self.part.operatorInputs(inputs)).map {
            try .output(.int32, $0.shape)
        }
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [
            try QuantisedConvolution.convolved(
                convolution, inputs.required(0), inputs.optional(2), inputs.required(1), inputs.optional(3),
                bias: nil, in: &context
            ).converted(to: .int32)
        ]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        try Self.part.links(convolution.axisLinks(Self.part.operatorInputs(inputs), outputs: outputs))
            + QuantisedConvolution.links(inputs, parameters: [3])
    }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        convolution.cost(Self.part.operatorInputs(inputs), outputs: outputs)
    }

    func resized(_ change: AxisChange) throws -> ConvInteger {
        ConvInteger(try convolution.resized(Self.part.change(change)))
    }
}

/// The convolution of quantised tensors on the output's grid.
///
/// y = clamp(round((conv(x - x zero, w - w zero) + b) x scale w scale / y scale) + y zero), with scale and zero point of the
/// weight for all or for each output channel, and a bias of 32-bit integers. The inputs are x, its scale and zero point, w
/// and its, the output's scale and zero point, and b.
struct QLinearConv: Operator {
    static let type = "QLinearConv"
    private static let part = NodePart([0, 3, 8], element: .float32)

    private let convolution: Conv

    init(attributes: Attributes, signature: OperatorSignature) throws {
        convolution = try Conv(attributes: attributes, signature: signature)
    }

    private init(_ convolution: Conv) { self.convolution = convolution }

    var attributes: Attributes { convolution.attributes }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        try QuantisedConvolution.check(inputs, input: 0, zero: 2, "the input")
        try QuantisedConvolution.check(inputs, input: 3, zero: 5, "the weight")
        try QuantisedConvolution.checkPerChannel(inputs, weight: 3, parameters: [4, 5])
        for (index, name) in [(1, "the input's scale"), (2, "its zero point"), (6, "the output's scale")] {
            guard try inputs.type(index).count == 1 else { throw GraphError("\(name) must be a scalar") }
        }
        let zero = try inputs.type(7)
        try IntegerProducts.require(zero, "the output's zero point")
        guard zero.count == 1 else { throw GraphError("the output's zero point must be a scalar") }
        try inputs.optionalType(8)?.requireElement(.int32, "the bias")
        return try convolution.inferredTypes(Self.part.operatorInputs(inputs)).map {
            try .output(zero.element, $0.shape)
        }
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (input, weight) = (try inputs.required(0), try inputs.required(3))
        let product = try QuantisedConvolution.convolved(
            convolution, input, inputs.optional(2), weight, inputs.optional(5), bias: inputs.optional(8),
            in: &context)
        return [
            try IntegerProducts.rescaled(
                product, left: inputs.required(1).reshaped([]),
                right: QuantisedConvolution.spread(inputs.required(4), axis: 1, rank: product.rank),
                output: inputs.required(6).reshaped([]), zero: inputs.required(7).reshaped([]))
        ]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        try Self.part.links(convolution.axisLinks(Self.part.operatorInputs(inputs), outputs: outputs))
            + QuantisedConvolution.links(inputs, parameters: [4, 5])
    }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        convolution.cost(Self.part.operatorInputs(inputs), outputs: outputs)
    }

    func resized(_ change: AxisChange) throws -> QLinearConv {
        QLinearConv(try convolution.resized(Self.part.change(change)))
    }
}

/// The common part of quantised convolutions.
private enum QuantisedConvolution {
    static func check(_ inputs: OperatorInputs, input: Int, zero: Int, _ name: String) throws {
        let type = try inputs.type(input)
        try IntegerProducts.require(type, name)
        try inputs.optionalType(zero)?.requireElement(type.element, "the zero point of \(name)")
    }

    /// Checks parameters that are scalars or have one element per output channel.
    static func checkPerChannel(_ inputs: OperatorInputs, weight: Int, parameters: [Int]) throws {
        let channels = try inputs.type(weight).shape.first ?? 0
        for index in parameters {
            guard let type = inputs.optionalType(index), type.count != 1 else { continue }
            try type.requireShape([channels], "input \(index)")
        }
    }

    static func links(_ inputs: OperatorInputs, parameters: [Int]) -> [AxisLink] {
        parameters.compactMap { index in
            guard let type = inputs.optionalType(index), type.count != 1 else { return nil }
            return AxisLink(.input(index, 0), .output(0, 1), role: .perChannel)
        }
    }

    /// Returns a parameter in a shape that broadcasts along an axis.
    static func spread(_ parameter: Tensor, axis: Int, rank: Int) throws -> Tensor {
        guard parameter.count != 1 else { return try parameter.reshaped([]) }
        return try parameter.reshaped((0..<rank).map { $0 == axis ? parameter.count : 1 })
    }

    static func convolved(
        _ convolution: Conv, _ input: Tensor, _ inputZero: Tensor?, _ weight: Tensor, _ weightZero: Tensor?,
        bias: Tensor?, in context: inout EvaluationContext
    ) throws -> Tensor {
        let terms = Checked.saturatingProduct(Array(weight.shape.dropFirst()))
        let type = bias == nil ? IntegerProducts.type(terms: terms) : .float64
        let operands = [
            try input.centred(zero: inputZero?.reshaped([]), as: type),
            try weight.centred(
                zero: weightZero.map { try spread($0, axis: 0, rank: weight.rank) }, as: type),
            try bias?.converted(to: type),
        ]
        guard let result = try convolution.evaluate(operands, in: &context).first else {
            throw GraphError("a convolution has no output")
        }
        return result
    }
}
