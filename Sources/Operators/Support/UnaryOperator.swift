internal import Graph
internal import Torch

/// A function of one element without attributes.
protocol UnaryOperator: ElementwiseOperator {
    /// The function.
    static var function: Tensor.UnaryFunction { get }

    init()
}

extension UnaryOperator {
    init(attributes: Attributes, signature: OperatorSignature) throws {
        self.init()
    }

    var attributes: Attributes { [:] }

    func apply(to input: Tensor) throws -> Tensor { try input.applying(Self.function) }
}
