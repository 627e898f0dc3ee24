package import Graph
package import Torch

/// The input itself.
package struct Identity: ElementwiseOperator {
    package static let type = "Identity"

    package init(attributes: Attributes, signature: OperatorSignature) throws {}

    package var attributes: Attributes { [:] }

    package func apply(to input: Tensor) throws -> Tensor { input }
}
