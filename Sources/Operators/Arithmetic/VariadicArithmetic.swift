internal import Graph
internal import Torch

/// The largest of one or more operands.
struct Max: VariadicOperator {
    static let type = "Max"
    static let role: MemberRole? = .perChannel

    static func combine(_ left: Tensor, _ right: Tensor) throws -> Tensor {
        try left.combined(.maximum, right)
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .elementwise }
}

/// The smallest of one or more operands.
struct Min: VariadicOperator {
    static let type = "Min"
    static let role: MemberRole? = .perChannel

    static func combine(_ left: Tensor, _ right: Tensor) throws -> Tensor {
        try left.combined(.minimum, right)
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .elementwise }
}

/// The sum of one or more operands.
struct Sum: VariadicOperator {
    static let type = "Sum"
    static let role: MemberRole? = .bias

    static func combine(_ left: Tensor, _ right: Tensor) throws -> Tensor { try left.adding(right) }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect {
        .sum([Double](repeating: 1, count: inputs.count))
    }
}

/// The mean of one or more operands.
struct Mean: VariadicOperator {
    static let type = "Mean"
    static let role: MemberRole? = .bias
    static let elements = ElementDomain.real

    static func combine(_ left: Tensor, _ right: Tensor) throws -> Tensor { try left.adding(right) }

    static func finish(_ result: Tensor, count: Int) throws -> Tensor {
        try result.applying(.multiplied(1 / Double(count)))
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect {
        .sum([Double](repeating: 1 / Double(max(inputs.count, 1)), count: inputs.count))
    }
}
