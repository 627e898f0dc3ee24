internal import Graph
internal import Torch

/// Whether x is false.
struct Not: UnaryOperator {
    static let type = "Not"
    static let function = Tensor.UnaryFunction.logicalNot
    static let domainOfElements = ElementDomain.logical
}

/// Whether x is NaN.
struct IsNaN: UnaryOperator {
    static let type = "IsNaN"
    static let function = Tensor.UnaryFunction.isNaN
    static let resultElement: DType? = .bool
}

/// Whether x is infinite, in both directions or in one.
struct IsInf: ElementwiseOperator {
    static let type = "IsInf"
    static let resultElement: DType? = .bool

    private let detectsNegative: Bool
    private let detectsPositive: Bool

    init(attributes: Attributes, signature: OperatorSignature) throws {
        detectsNegative = try attributes.integer("detect_negative", default: 1) != 0
        detectsPositive = try attributes.integer("detect_positive", default: 1) != 0
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if !detectsNegative { result["detect_negative"] = .integer(0) }
        if !detectsPositive { result["detect_positive"] = .integer(0) }
        return result
    }

    func apply(to input: Tensor) throws -> Tensor {
        let isInfinite = try input.applying(.isInfinite)
        let zero = try Tensor(repeating: 0, shape: [], type: input.type, device: input.device)
        switch (detectsNegative, detectsPositive) {
        case (true, true): return isInfinite
        case (true, false): return try isInfinite.combined(.and, input.combined(.less, zero))
        case (false, true): return try isInfinite.combined(.and, input.combined(.greater, zero))
        case (false, false):
            return try Tensor(repeating: 0, shape: [], type: .bool, device: input.device)
                .expanded(to: input.shape)
        }
    }
}
