internal import Graph
internal import Torch

/// The mean over axes.
struct ReduceMean: ReductionOperator {
    static let type = "ReduceMean"
    static let reduction = Tensor.Reduction.mean
    static let isStatistic = true
    let request: ReductionRequest

    /// Integers are averaged in double precision, and their mean is truncated.
    static func prepare(_ input: Tensor) throws -> Tensor {
        input.type.isFloatingPoint ? input : try input.converted(to: .float64)
    }

    static func effect(count: Int) -> ChannelEffect { .average(count: count) }
}

/// The sum over axes.
struct ReduceSum: ReductionOperator {
    static let type = "ReduceSum"
    static let reduction = Tensor.Reduction.sum
    static let firstSetWithAxesInput = 13
    let request: ReductionRequest
}

/// The largest element over axes.
struct ReduceMax: ReductionOperator {
    static let type = "ReduceMax"
    static let reduction = Tensor.Reduction.maximum
    static let elements = ElementDomain.any
    static let neutral: Double? = -.infinity
    static let isStatistic = true
    let request: ReductionRequest

    static func effect(count: Int) -> ChannelEffect { .maximum(count: count) }
}

/// The smallest element over axes.
struct ReduceMin: ReductionOperator {
    static let type = "ReduceMin"
    static let reduction = Tensor.Reduction.minimum
    static let elements = ElementDomain.any
    static let neutral: Double? = .infinity
    static let isStatistic = true
    let request: ReductionRequest
}

/// The product over axes.
struct ReduceProd: ReductionOperator {
    static let type = "ReduceProd"
    static let reduction = Tensor.Reduction.product
    let request: ReductionRequest
}

/// The sum of magnitudes over axes.
struct ReduceL1: ReductionOperator {
    static let type = "ReduceL1"
    static let reduction = Tensor.Reduction.l1Norm
    let request: ReductionRequest
}

/// The square root of the sum of squares over axes.
struct ReduceL2: ReductionOperator {
    static let type = "ReduceL2"
    static let reduction = Tensor.Reduction.l2Norm
    static let elements = ElementDomain.real
    static let neutral: Double? = 0
    let request: ReductionRequest
}

/// The sum of squares over axes.
struct ReduceSumSquare: ReductionOperator {
    static let type = "ReduceSumSquare"
    static let reduction = Tensor.Reduction.sum
    let request: ReductionRequest

    static func prepare(_ input: Tensor) throws -> Tensor { try input.multiplied(by: input) }
}

/// The logarithm of the sum over axes.
struct ReduceLogSum: ReductionOperator {
    static let type = "ReduceLogSum"
    static let reduction = Tensor.Reduction.sum
    static let elements = ElementDomain.real
    let request: ReductionRequest

    static func finish(_ result: Tensor) throws -> Tensor { try result.applying(.logarithm) }
}

/// The logarithm of the sum of exponentials over axes.
struct ReduceLogSumExp: ReductionOperator {
    static let type = "ReduceLogSumExp"
    static let reduction = Tensor.Reduction.logSumExp
    static let elements = ElementDomain.real
    static let neutral: Double? = -.infinity
    let request: ReductionRequest
}
