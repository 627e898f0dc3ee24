internal import Graph
internal import Torch

/// The input itself.
struct Identity: ElementwiseOperator {
    static let type = "Identity"
    static let domainOfElements = ElementDomain.any

    init(attributes: Attributes, signature: OperatorSignature) throws {}

    var attributes: Attributes { [:] }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .arrangement }

    func apply(to input: Tensor) throws -> Tensor { input }

    func constants(yielding output: Tensor, _ inputs: OperatorInputs) throws -> [Int: Tensor]? {
        [0: output]
    }
}
