internal import Graph
internal import Torch

/// max(x, 0).
struct Relu: UnaryOperator {
    static let type = "Relu"
    static let function = Tensor.UnaryFunction.relu
    static let step: ElementProgram.Function? = .relu
    static let domainOfElements = ElementDomain.number

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .rectification }
}
