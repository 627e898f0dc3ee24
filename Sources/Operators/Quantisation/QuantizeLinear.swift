internal import Graph
internal import Torch

/// Quantises numbers to an integer grid: y = clamp(round(x / scale) + zero), with halves to the even one.
///
/// Scale and zero point are one for all, one for each position of an axis, or one for each block of
/// positions.
struct QuantizeLinear: Operator {
    static let type = "QuantizeLinear"

    private let grid: QuantisationGrid
    private let output: DType?
    private let precision: DType?
    private let saturates: Bool

    init(attributes: Attributes, signature: OperatorSignature) throws {
        grid = try QuantisationGrid(attributes)
        output = try attributes.elementType("output_dtype")
        precision = try attributes.elementType("precision")
        // It only affects 8-bit floats.
        saturates = try attributes.flag("saturate", default: true)
        guard precision?.isFloatingPoint ?? true else {
            throw GraphError("attribute precision must name a floating-point type")
        }
    }

    var attributes: Attributes {
        var result = grid.attributes
        if let output { result["output_dtype"] = .integer(ElementCode.code(output)) }
        if let precision { result["precision"] = .integer(ElementCode.code(precision)) }
        if !saturates { result["saturate"] = .integer(0) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (input, scale) = (try inputs.type(0), try inputs.type(1))
        guard input.element.isFloatingPoint || input.element == .int32, scale.element.isFloatingPoint else {
            throw GraphError("cannot quantise \(input.element) with scales of \(scale.element)")
        }
        try grid.check(scale.shape, over: input.shape, "the scale")
        var element = output ?? .uint8
        if let zero = inputs.optionalType(2) {
            try grid.check(zero.shape, over: input.shape, "the zero point")
            if let output { try zero.requireElement(output, "the zero point") }
            element = zero.element
        }
        guard element.quantisedRange != nil, element != .int32 else {
            throw GraphError("cannot quantise to \(element)")
        }
        return [try .output(element, input.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (input, zero) = (try inputs.required(0), inputs.optional(2))
        // Only double precision holds 32-bit integers exactly.
        let element = precision ?? (input.type == .int32 ? .float64 : input.type)
        let scale = try grid.spread(inputs.required(1), over: input.shape).converted(to: element)
        return [
            try input.converted(to: element).divided(by: scale).quantised(
                to: zero?.type ?? output ?? .uint8, zero: zero.map { try grid.spread($0, over: input.shape) })
        ]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect {
        try inputs.type(1).count == 1 ? .function : .unknown
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        try AxisLink.allSame(.input(0), .output(0), axes: grid.freeAxes(inputs))
            + [1, 2].flatMap { try grid.links(inputs, input: $0) }
    }
}

/// Dequantises numbers: y = (x - zero) scale, with scale and zero point as for `QuantizeLinear`.
struct DequantizeLinear: Operator {
    static let type = "DequantizeLinear"

    private let grid: QuantisationGrid
    private let output: DType?

    init(attributes: Attributes, signature: OperatorSignature) throws {
        grid = try QuantisationGrid(attributes)
        output = try attributes.elementType("output_dtype")
        guard output?.isFloatingPoint ?? true else {
            throw GraphError("attribute output_dtype must name a floating-point type")
        }
    }

    var attributes: Attributes {
        var result = grid.attributes
        if let output { result["output_dtype"] = .integer(ElementCode.code(output)) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (input, scale) = (try inputs.type(0), try inputs.type(1))
        guard input.element.quantisedRange != nil, scale.element.isFloatingPoint else {
            throw GraphError("cannot dequantise \(input.element) with scales of \(scale.element)")
        }
        try grid.check(scale.shape, over: input.shape, "the scale")
        if let zero = inputs.optionalType(2) {
            try zero.requireElement(input.element, "the zero point")
            try grid.check(zero.shape, over: input.shape, "the zero point")
        }
        return [try .output(output ?? scale.element, input.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (input, scale) = (try inputs.required(0), try inputs.required(1))
        // Only double precision holds a difference of 32-bit integers exactly.
        let element: DType = scale.type == .float64 || input.type == .int32 ? .float64 : .float32
        let zero = try inputs.optional(2).map { try grid.spread($0, over: input.shape) }
        let factor = try grid.spread(scale, over: input.shape).converted(to: element)
        return [
            try input.centred(zero: zero, as: element).multiplied(by: factor).converted(
                to: output ?? scale.type)
        ]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect {
        try inputs.type(1).count == 1 ? .function : .unknown
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        try AxisLink.allSame(.input(0), .output(0), axes: grid.freeAxes(inputs))
            + [1, 2].flatMap { try grid.links(inputs, input: $0) }
    }
}
