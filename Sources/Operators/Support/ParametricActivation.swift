internal import Graph
internal import Torch

/// A function of one element with float attributes.
protocol ParametricActivation: ElementwiseOperator {
    /// The attributes and their defaults.
    static var parameters: [(name: String, fallback: Float)] { get }

    /// The attributes' values in the same order.
    var values: [Float] { get }

    /// Makes an operator from finite values, one per parameter.
    init(values: [Float]) throws

    /// The function.
    var function: Tensor.ScalarFunction { get }

    /// The same as a step of a program, if there is one.
    var step: ElementProgram.Function? { get }
}

extension ParametricActivation {
    init(attributes: Attributes, signature: OperatorSignature) throws {
        try self.init(
            values: Self.parameters.map { parameter in
                let value = try attributes.float(parameter.name, default: parameter.fallback)
                guard value.isFinite else {
                    throw GraphError("attribute \(parameter.name) must be finite, got \(value)")
                }
                return value
            })
    }

    var step: ElementProgram.Function? { nil }

    var isElementStep: Bool { step != nil }

    func elementStep(_ inputs: [Tensor?]) -> (function: ElementProgram.Function, arguments: [Int])? {
        step.map { ($0, [0]) }
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        for (parameter, value) in zip(Self.parameters, values) where value != parameter.fallback {
            result[parameter.name] = .float(value)
        }
        return result
    }

    func apply(to input: Tensor) throws -> Tensor { try input.applying(function) }
}
