internal import Graph
internal import Torch

/// x + y.
struct Add: BinaryOperator {
    static let type = "Add"
    static let role: MemberRole? = .bias
    static let step: ElementProgram.Function? = .add
    let legacy: LegacyBroadcast

    static func combine(_ left: Tensor, _ right: Tensor) throws -> Tensor { try left.adding(right) }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .sum([1, 1]) }
}

/// x - y.
struct Sub: BinaryOperator {
    static let type = "Sub"
    static let role: MemberRole? = .bias
    static let step: ElementProgram.Function? = .subtract
    let legacy: LegacyBroadcast

    static func combine(_ left: Tensor, _ right: Tensor) throws -> Tensor { try left.subtracting(right) }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .sum([1, -1]) }
}

/// x y.
struct Mul: BinaryOperator {
    static let type = "Mul"
    static let role: MemberRole? = .perChannel
    static let step: ElementProgram.Function? = .multiply
    let legacy: LegacyBroadcast

    static func combine(_ left: Tensor, _ right: Tensor) throws -> Tensor { try left.multiplied(by: right) }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .product }
}

/// x / y, truncated towards zero for integers.
struct Div: BinaryOperator {
    static let type = "Div"
    static let role: MemberRole? = .perChannel
    static let step: ElementProgram.Function? = .divide
    let legacy: LegacyBroadcast

    static func combine(_ left: Tensor, _ right: Tensor) throws -> Tensor {
        left.type.isFloatingPoint
            ? try left.divided(by: right) : try left.combined(.truncatedDivide, right)
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .elementwise }
}

/// x to the power y, in the type of x.
struct Pow: BinaryOperator {
    static let type = "Pow"
    static let role: MemberRole? = .perChannel
    static let takesMixedElements = true
    let legacy: LegacyBroadcast

    static func combine(_ left: Tensor, _ right: Tensor) throws -> Tensor {
        try left.combined(.power, right).converted(to: left.type)
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .elementwise }
}
