internal import Graph
internal import Torch

/// The mean over axes.
struct ReduceMean: ReductionOperator {
    static let type = "ReduceMean"
    static let reduction = Tensor.Reduction.mean
    static let elements = ElementDomain.real
    let request: ReductionRequest
}

/// The sum over axes.
struct ReduceSum: ReductionOperator {
    static let type = "ReduceSum"
    static let reduction = Tensor.Reduction.sum
    static let firstSetWithAxesInput = 13
    let request: ReductionRequest
}

/// The greatest element over axes.
struct ReduceMax: ReductionOperator {
    static let type = "ReduceMax"
    static let reduction = Tensor.Reduction.maximum
    let request: ReductionRequest
}

/// The least element over axes.
struct ReduceMin: ReductionOperator {
    static let type = "ReduceMin"
    static let reduction = Tensor.Reduction.minimum
    let request: ReductionRequest
}
