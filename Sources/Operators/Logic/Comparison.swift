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

    func decisiveValues(of input: Int, _ inputs: OperatorInputs) throws -> [Int] {
        // One on each side; a comparison for equality needs the constant itself.
        try comparedInteger(with: input, inputs).map { Self.neighbours(of: $0) } ?? []
    }

    /// The integers beside one; at the end of the range there is one only.
    fileprivate static func neighbours(of value: Int) -> [Int] {
        [value.subtractingReportingOverflow(1), value.addingReportingOverflow(1)]
            .filter { !$0.overflow }.map(\.partialValue)
    }

    /// The constant integer that an input is compared with; nil if there is none.
    fileprivate func comparedInteger(with input: Int, _ inputs: OperatorInputs) throws -> Int? {
        guard input < 2, let other = inputs.constant(1 - input), other.count == 1,
            !other.type.isFloatingPoint
        else { return nil }
        return try other.integers().first
    }
}

/// Whether x = y.
struct Equal: ComparisonOperator {
    static let type = "Equal"
    static let elements = ElementDomain.any
    static let function = Tensor.BinaryFunction.equal
    let legacy: LegacyBroadcast

    func decisiveValues(of input: Int, _ inputs: OperatorInputs) throws -> [Int] {
        // Unsigned types have the number below only above zero.
        try comparedInteger(with: input, inputs).map { [$0, $0 > 0 ? $0 - 1 : $0 + 1] } ?? []
    }
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
