internal import Graph
internal import Torch

/// Numbers on an integer grid: y = clamp(round(x / scale) + zero), halves to the even one.
///
/// Scale and zero point are one for all, one for each position of an axis, or one for each block of positions.
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
        // It matters to 8-bit floats alone.
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
        // Integers of 32 bits are exact in double precision only.
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

/// The numbers that quantised ones stand for: y = (x - zero) scale, with scale and zero point as `QuantizeLinear` has them.
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
        // A difference of 32-bit integers is exact in double precision only.
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
