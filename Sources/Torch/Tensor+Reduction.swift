internal import CTorch

extension Tensor {
    /// A reduction over axes.
    public enum Reduction: Int32, Sendable, CaseIterable {
        /// The order matches the C interface.
        case sum = 0, mean, maximum, minimum, l1Norm, l2Norm, any, all, logSumExp, product
    }

    /// Reduces the named axes, by default all; `keepingAxes` keeps them with length 1.
    public func reduced(
        _ reduction: Reduction, axes: [Int], keepingAxes: Bool = false
    ) throws(TorchError) -> Tensor {
        try yield(using: self) {
            ct_reduce(reduction.rawValue, pointer, axes.asInt64, Int32(axes.count), keepingAxes, $0, $1)
        }
    }

    /// Returns the position of the largest element along an axis, as int64.
    public func argMax(axis: Int, keepingAxis: Bool = false) throws(TorchError) -> Tensor {
        try yield(using: self) { ct_arg_max(pointer, Int64(axis), keepingAxis, $0, $1) }
    }

    /// Returns e^x / sum(e^x) along an axis.
    public func softmax(axis: Int) throws(TorchError) -> Tensor {
        try yield(using: self) { ct_softmax(pointer, Int64(axis), false, $0, $1) }
    }

    /// Returns x - log(sum(e^x)) along an axis.
    public func logSoftmax(axis: Int) throws(TorchError) -> Tensor {
        try yield(using: self) { ct_softmax(pointer, Int64(axis), true, $0, $1) }
    }
}
