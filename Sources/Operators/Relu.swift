package import Graph
package import Torch

/// max(x, 0), element by element.
package struct Relu: ElementwiseOperator {
    package static let type = "Relu"

    package init(attributes: Attributes, signature: OperatorSignature) throws {}

    package var attributes: Attributes { [:] }

    package func apply(to input: Tensor) throws -> Tensor { try input.applying(.relu) }
}
