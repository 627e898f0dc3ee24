internal import Graph
internal import Torch

/// A function of one element without attributes.
protocol UnaryOperator: ElementwiseOperator {
    /// The function.
    static var function: Tensor.UnaryFunction { get }

    /// The same as a step of a program, if there is one.
    static var step: ElementProgram.Function? { get }

    init()
}

extension UnaryOperator {
    init(attributes: Attributes, signature: OperatorSignature) throws {
        self.init()
    }

    static var step: ElementProgram.Function? { nil }

    var isElementStep: Bool { Self.step != nil }

    func elementStep(_ inputs: [Tensor?]) -> (function: ElementProgram.Function, arguments: [Int])? {
        Self.step.map { ($0, [0]) }
    }

    var attributes: Attributes { [:] }

    func apply(to input: Tensor) throws -> Tensor { try input.applying(Self.function) }
}
