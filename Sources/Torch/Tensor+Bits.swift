internal import CTorch

extension Tensor {
    /// A function of the bits of two integers, or of two truth values.
    public enum BitwiseFunction: Int32, Sendable, CaseIterable {
        /// The order matches the C interface.
        case and = 0, or, exclusiveOr, shiftLeft, shiftRight
    }

    /// Combines two tensors bit by bit, with broadcasting.
    ///
    /// Shifting by a negative number or by at least the width gives 0, or the sign for integers shifted
    /// right.
    public func combinedBits(_ function: BitwiseFunction, _ other: Tensor) throws(TorchError) -> Tensor {
        try yield(using: self, other) { ct_bitwise(function.rawValue, pointer, other.pointer, $0, $1) }
    }

    /// Returns the elements with all bits inverted.
    public func invertedBits() throws(TorchError) -> Tensor {
        try yield(using: self) { ct_bitwise_not(pointer, $0, $1) }
    }

    /// Returns the same bytes as elements of another type of the same width.
    public func reinterpreted(as type: DType) throws(TorchError) -> Tensor {
        if self.type == type { return self }
        return try yield(using: self) { ct_reinterpret(pointer, type.rawValue, $0, $1) }
    }
}
