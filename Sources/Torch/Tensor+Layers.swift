internal import CTorch

extension Tensor {
    /// The geometry of a convolution; all lists have one entry per spatial axis.
    public struct ConvolutionGeometry: Sendable, Hashable {
        /// The step of the kernel.
        public var stride: [Int]
        /// Zeros added on both sides.
        public var padding: [Int]
        /// The distance between kernel taps.
        public var dilation: [Int]
        /// Extra length on the far side of a transposed convolution's output.
        public var outputPadding: [Int]
        /// The number of groups of channels.
        public var groups: Int

        /// Makes a geometry.
        public init(
            stride: [Int], padding: [Int], dilation: [Int], outputPadding: [Int]? = nil, groups: Int = 1
        ) {
            self.stride = stride
            self.padding = padding
            self.dilation = dilation
            self.outputPadding = outputPadding ?? stride.map { _ in 0 }
            self.groups = groups
        }
    }

    /// The window of a pooling; all lists have one entry per spatial axis.
    public struct PoolingWindow: Sendable, Hashable {
        /// The size of the window.
        public var kernel: [Int]
        /// The step of the window.
        public var stride: [Int]
        /// Positions added on both sides.
        public var padding: [Int]
        /// Whether a partial last window counts.
        public var ceiling: Bool

        /// Makes a window.
        public init(kernel: [Int], stride: [Int], padding: [Int], ceiling: Bool = false) {
            self.kernel = kernel
            self.stride = stride
            self.padding = padding
            self.ceiling = ceiling
        }
    }

    /// Returns the matrix product; leading axes broadcast as in NumPy's matmul.
    public func matrixMultiplied(by other: Tensor) throws(TorchError) -> Tensor {
        try yield(using: self, other) { ct_matrix_multiply(pointer, other.pointer, $0, $1) }
    }

    /// Returns the X of `self X = right` for a symmetric positive definite matrix self [n, n] and right [n, k].
    ///
    /// - Throws: `TorchError` if the matrix is not positive definite.
    public func solvedAsPositiveDefinite(_ right: Tensor) throws(TorchError) -> Tensor {
        try yield(using: self, right) { ct_solve_positive_definite(pointer, right.pointer, $0, $1) }
    }

    /// Returns `self weight^T + bias` for self [..., in], weight [out, in] and bias [out].
    public func linear(weight: Tensor, bias: Tensor?) throws(TorchError) -> Tensor {
        try yield(using: self, weight, bias) { ct_linear(pointer, weight.pointer, bias?.pointer, $0, $1) }
    }

    /// Convolves self [n, in, ...] with weight [out, in / groups, ...] and adds bias [out].
    ///
    /// A transposed convolution takes weight [in, out / groups, ...].
    public func convolved(
        weight: Tensor, bias: Tensor?, geometry: ConvolutionGeometry, transposed: Bool = false
    ) throws(TorchError) -> Tensor {
        try requireEqualCounts(
            geometry.stride, geometry.padding, geometry.dilation, geometry.outputPadding)
        return try yield(using: self, weight, bias) {
            ct_convolution(
                pointer, weight.pointer, bias?.pointer, geometry.stride.asInt64, geometry.padding.asInt64,
                geometry.dilation.asInt64, geometry.outputPadding.asInt64, Int32(geometry.stride.count),
                transposed, Int64(geometry.groups), $0, $1)
        }
    }

    /// Returns the largest element of each window.
    public func maxPooled(_ window: PoolingWindow, dilation: [Int]) throws(TorchError) -> Tensor {
        try requireEqualCounts(window.kernel, window.stride, window.padding, dilation)
        return try yield(using: self) { maxPool(window, dilation, $0, nil, $1) }
    }

    /// Returns the largest element of each window, and its position: all spatial axes merged into one, as
    /// int64.
    public func maxPooledWithPositions(
        _ window: PoolingWindow, dilation: [Int]
    ) throws(TorchError) -> (values: Tensor, positions: Tensor) {
        try requireEqualCounts(window.kernel, window.stride, window.padding, dilation)
        var positions: ct_tensor?
        let values = try yield(using: self) { maxPool(window, dilation, $0, &positions, $1) }
        guard let positions else { throw TorchError("libtorch returned no positions") }
        return (values, Tensor(handle: TensorHandle(owning: positions)))
    }

    private func maxPool(
        _ window: PoolingWindow, _ dilation: [Int], _ result: UnsafeMutablePointer<ct_tensor?>,
        _ positions: UnsafeMutablePointer<ct_tensor?>?, _ message: UnsafeMutablePointer<ct_message?>
    ) -> Int32 {
        ct_max_pool(
            pointer, window.kernel.asInt64, window.stride.asInt64, window.padding.asInt64, dilation.asInt64,
            Int32(window.kernel.count), window.ceiling, result, positions, message)
    }

    /// Returns the mean of each window; `countingPadding` divides by the full window at the border too.
    public func averagePooled(_ window: PoolingWindow, countingPadding: Bool) throws(TorchError) -> Tensor {
        try requireEqualCounts(window.kernel, window.stride, window.padding)
        return try yield(using: self) {
            ct_average_pool(
                pointer, window.kernel.asInt64, window.stride.asInt64, window.padding.asInt64,
                Int32(window.kernel.count), window.ceiling, countingPadding, $0, $1)
        }
    }

    /// Returns `(self - mean) / sqrt(variance + epsilon) scale + shift` along axis 1.
    public func batchNormalised(
        scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor, epsilon: Double
    ) throws(TorchError) -> Tensor {
        try yield(using: self, scale, shift, mean, variance) {
            ct_batch_normalisation(
                pointer, scale.pointer, shift.pointer, mean.pointer, variance.pointer, epsilon, false, 0, $0,
                nil,
                nil, $1)
        }
    }

    /// Normalises by the batch's statistics and returns the updated running ones.
    ///
    /// running' = (1 - momentum) running + momentum batch, with the batch's variance unbiased, as in PyTorch.
    public func batchNormalisedInTraining(
        scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor, epsilon: Double, momentum: Double
    ) throws(TorchError) -> (output: Tensor, mean: Tensor, variance: Tensor) {
        var newMean: ct_tensor?
        var newVariance: ct_tensor?
        let output = try yield(using: self, scale, shift, mean, variance) {
            ct_batch_normalisation(
                pointer, scale.pointer, shift.pointer, mean.pointer, variance.pointer, epsilon, true,
                momentum, $0,
                &newMean, &newVariance, $1)
        }
        guard let newMean, let newVariance else {
            throw TorchError("libtorch returned no running statistics")
        }
        return (
            output, Tensor(handle: TensorHandle(owning: newMean)),
            Tensor(handle: TensorHandle(owning: newVariance))
        )
    }

    /// Returns the mean cross-entropy of self [n, classes] (logits) against class indices [n].
    public func crossEntropy(targets: Tensor, labelSmoothing: Double = 0) throws(TorchError) -> Tensor {
        try yield(using: self, targets) { ct_cross_entropy(pointer, targets.pointer, labelSmoothing, $0, $1) }
    }
}

/// Checks that lists with one entry per spatial axis have the same length, since the C interface takes only
/// one length.
func requireEqualCounts(_ lists: [Int]...) throws(TorchError) {
    guard Set(lists.map(\.count)).count == 1 else {
        throw TorchError("lists with one entry per spatial axis differ in length: \(lists)")
    }
}
