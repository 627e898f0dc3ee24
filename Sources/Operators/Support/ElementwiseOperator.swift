internal import Graph
internal import Torch

/// An operator that computes each element of its output from the same element of its first input.
protocol ElementwiseOperator: Operator {
    /// The kinds of elements that the function takes.
    static var domainOfElements: ElementDomain { get }

    /// The type of the result's elements, if it is not that of the input.
    static var resultElement: DType? { get }

    /// Applies the function to a tensor.
    func apply(to input: Tensor) throws -> Tensor
}

/// The element types that a function takes.
enum ElementDomain {
    /// Floating-point numbers.
    case real
    /// Numbers.
    case number
    /// Truth values.
    case logical
    /// Anything.
    case any

    /// Throws if an element type is not in the domain.
    func require(_ element: DType) throws(GraphError) {
        let isAllowed =
            switch self {
            case .real: element.isFloatingPoint
            case .number: element != .bool
            case .logical: element == .bool
            case .any: true
            }
        guard isAllowed else { throw GraphError("does not take elements of type \(element)") }
    }
}

extension ElementwiseOperator {
    static var domainOfElements: ElementDomain { .real }
    static var resultElement: DType? { nil }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try Self.domainOfElements.require(input.element)
        return [try .output(Self.resultElement ?? input.element, input.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [try apply(to: inputs.required(0))]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .function }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        AxisLink.allSame(.input(0), .output(0), axes: try inputs.type(0).shape.indices)
    }
}
