internal import Graph
internal import Torch

/// The bits that are set in both integers.
struct BitwiseAnd: BitwiseOperator {
    static let type = "BitwiseAnd"
    static let function = Tensor.BitwiseFunction.and
}

/// The bits that are set in either integer.
struct BitwiseOr: BitwiseOperator {
    static let type = "BitwiseOr"
    static let function = Tensor.BitwiseFunction.or
}

/// The bits that are set in one of two integers.
struct BitwiseXor: BitwiseOperator {
    static let type = "BitwiseXor"
    static let function = Tensor.BitwiseFunction.exclusiveOr
}

/// A function of the bits of two integers, with broadcasting.
protocol BitwiseOperator: Operator {
    /// The function.
    static var function: Tensor.BitwiseFunction { get }

    init()
}

extension BitwiseOperator {
    init(attributes: Attributes, signature: OperatorSignature) throws {
        self.init()
    }

    var attributes: Attributes { [:] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] { [try Bits.type(inputs)] }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [try inputs.required(0).combinedBits(Self.function, inputs.required(1))]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .elementwise }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        try Bits.links(inputs, outputs)
    }
}

/// The bits of the first integer shifted by the second.
///
/// Shifting by the width or more, or by a negative number, gives 0, or the sign when shifting right.
struct BitShift: Operator {
    static let type = "BitShift"

    private let isLeft: Bool

    init(attributes: Attributes, signature: OperatorSignature) throws {
        switch try attributes.string("direction", default: "") {
        case "LEFT": isLeft = true
        case "RIGHT": isLeft = false
        case let other: throw GraphError("attribute direction must be LEFT or RIGHT, got \(other)")
        }
    }

    var attributes: Attributes { ["direction": .string(isLeft ? "LEFT" : "RIGHT")] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] { [try Bits.type(inputs)] }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [try inputs.required(0).combinedBits(isLeft ? .shiftLeft : .shiftRight, inputs.required(1))]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .elementwise }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        try Bits.links(inputs, outputs)
    }
}

/// The bits of an integer inverted.
struct BitwiseNot: ElementwiseOperator {
    static let type = "BitwiseNot"
    static let domainOfElements = ElementDomain.number

    init(attributes: Attributes, signature: OperatorSignature) throws {}

    var attributes: Attributes { [:] }

    func apply(to input: Tensor) throws -> Tensor {
        guard !input.type.isFloatingPoint else { throw GraphError("does not take elements of \(input.type)") }
        return try input.invertedBits()
    }
}

/// The same bytes as elements of another type of the same width.
struct BitCast: Operator {
    static let type = "BitCast"

    private let target: DType

    init(attributes: Attributes, signature: OperatorSignature) throws {
        guard let target = try attributes.elementType("to") else {
            throw GraphError("attribute to is missing")
        }
        self.target = target
    }

    var attributes: Attributes { ["to": .integer(ElementCode.code(target))] }

    /// Only their bytes are read.
    var takesHalves: Bool { true }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        guard input.element.byteCount == target.byteCount, target != .bool else {
            throw GraphError("the bytes of \(input.element) cannot be \(target)")
        }
        return [try .output(target, input.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        // The engine holds wide unsigned integers in other types, with the bytes of signed ones.
        let input = try inputs.required(0)
        let signed = try input.converted(to: Self.signed(input.type)).reinterpreted(as: Self.signed(target))
        return [try signed.converted(to: target)]
    }

    private static func signed(_ type: DType) -> DType {
        switch type {
        case .uint16: .int16
        case .uint32: .int32
        case .uint64: .int64
        default: type
        }
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .function }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        AxisLink.allSame(.input(0), .output(0), axes: try inputs.type(0).shape.indices)
    }
}

/// The common part of operators on the bits of two integers.
private enum Bits {
    static func type(_ inputs: OperatorInputs) throws -> TensorType {
        let (left, right) = (try inputs.type(0), try inputs.type(1))
        guard !left.element.isFloatingPoint, left.element != .bool else {
            throw GraphError("does not take elements of type \(left.element)")
        }
        try right.requireElement(left.element, "the right operand")
        return try .output(left.element, Broadcasting.shape([left.shape, right.shape]))
    }

    static func links(_ inputs: OperatorInputs, _ outputs: [TensorType]) throws -> [AxisLink] {
        guard let output = outputs.first?.shape else { return [] }
        return try (0..<2).flatMap {
            Broadcasting.links(input: $0, try inputs.type($0).shape, output: output, role: nil)
        }
    }
}
