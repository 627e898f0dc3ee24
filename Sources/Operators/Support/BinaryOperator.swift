internal import Graph
internal import Torch

/// An operator that combines two tensors element by element, with NumPy's broadcasting.
protocol BinaryOperator: Operator {
    /// The role of a parameter on either side; nil if channels that meet such a parameter must be kept.
    static var role: MemberRole? { get }

    /// The kinds of elements that the function takes.
    static var elements: ElementDomain { get }

    /// The type of the result's elements, if it is not that of the left operand.
    static var resultElement: DType? { get }

    /// The function as a step of a program on floats, if there is one.
    static var step: ElementProgram.Function? { get }

    /// Whether the right operand may have another element type.
    static var takesMixedElements: Bool { get }

    /// How the right operand is aligned before version 7.
    var legacy: LegacyBroadcast { get }

    init(legacy: LegacyBroadcast)

    /// Combines two tensors.
    static func combine(_ left: Tensor, _ right: Tensor) throws -> Tensor
}

extension BinaryOperator {
    static var elements: ElementDomain { .number }
    static var resultElement: DType? { nil }
    static var step: ElementProgram.Function? { nil }
    static var takesMixedElements: Bool { false }

    var isElementStep: Bool { Self.step != nil && legacy.isAtEnd }

    func elementStep(_ inputs: [Tensor?]) -> (function: ElementProgram.Function, arguments: [Int])? {
        Self.step.map { ($0, [0, 1]) }
    }

    init(attributes: Attributes, signature: OperatorSignature) throws {
        self.init(legacy: try LegacyBroadcast(attributes, signature))
    }

    var attributes: Attributes { legacy.attributes }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (left, right) = (try inputs.type(0), try inputs.type(1))
        try Self.elements.require(left.element)
        try Self.elements.require(right.element)
        if !Self.takesMixedElements { try right.requireElement(left.element, "the right operand") }
        let aligned = try legacy.aligned(right.shape, to: left.shape)
        return [try .output(Self.resultElement ?? left.element, Broadcasting.shape([left.shape, aligned]))]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (left, right) = (try inputs.required(0), try inputs.required(1))
        let aligned = try legacy.aligned(right.shape, to: left.shape)
        return [try Self.combine(left, aligned == right.shape ? right : right.reshaped(aligned))]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        guard let output = outputs.first?.shape else { return [] }
        let (left, right) = (try inputs.type(0).shape, try inputs.type(1).shape)
        let aligned = try legacy.aligned(right, to: left)
        // Trailing axes of length 1 that the alignment adds are not the operand's own.
        return Broadcasting.links(input: 0, left, output: output, role: Self.role)
            + Broadcasting.links(
                input: 1, aligned, output: output, role: Self.role, axes: 0..<right.count)
    }
}
