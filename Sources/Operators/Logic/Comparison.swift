internal import Graph
internal import Torch

/// An operator that compares two tensors element by element.
protocol ComparisonOperator: BinaryOperator {
    /// The comparison.
    static var function: Tensor.BinaryFunction { get }
}

extension ComparisonOperator {
    static var role: MemberRole? { nil }
    static var resultElement: DType? { .bool }

    static func combine(_ left: Tensor, _ right: Tensor) throws -> Tensor {
        try left.combined(function, right)
    }
}

/// Whether x = y.
struct Equal: ComparisonOperator {
    static let type = "Equal"
    static let elements = ElementDomain.any
    static let function = Tensor.BinaryFunction.equal
    let legacy: LegacyBroadcast
}

/// Whether x < y.
struct Less: ComparisonOperator {
    static let type = "Less"
    static let function = Tensor.BinaryFunction.less
    let legacy: LegacyBroadcast
}

/// Whether x <= y.
struct LessOrEqual: ComparisonOperator {
    static let type = "LessOrEqual"
    static let function = Tensor.BinaryFunction.lessOrEqual
    let legacy: LegacyBroadcast
}

/// Whether x > y.
struct Greater: ComparisonOperator {
    static let type = "Greater"
    static let function = Tensor.BinaryFunction.greater
    let legacy: LegacyBroadcast
}

/// Whether x >= y.
struct GreaterOrEqual: ComparisonOperator {
    static let type = "GreaterOrEqual"
    static let function = Tensor.BinaryFunction.greaterOrEqual
    let legacy: LegacyBroadcast
}

/// Whether both are true.
struct And: ComparisonOperator {
    static let type = "And"
    static let elements = ElementDomain.logical
    static let function = Tensor.BinaryFunction.and
    let legacy: LegacyBroadcast
}

/// Whether at least one is true.
struct Or: ComparisonOperator {
    static let type = "Or"
    static let elements = ElementDomain.logical
    static let function = Tensor.BinaryFunction.or
    let legacy: LegacyBroadcast
}

/// Whether exactly one is true.
struct Xor: ComparisonOperator {
    static let type = "Xor"
    static let elements = ElementDomain.logical
    static let function = Tensor.BinaryFunction.exclusiveOr
    let legacy: LegacyBroadcast
}
