internal import CTorch

extension Tensor {
    /// Returns the discrete Fourier transform of an axis, which is cut or padded with zeros to a length.
    ///
    /// X[k] = sum over n of x[n] e^(-2 pi i k n / length); the inverse has the other sign and divides by the length. The last
    /// axis is 1 (real) or 2 (complex), and 2 in the result.
    /// - Parameter isOneSided: Whether only the first length / 2 + 1 values of a real signal's spectrum are
    ///   computed, or given to the inverse, whose result is then real.
    public func fourierTransformed(
        axis: Int, length: Int, inverse: Bool = false, isOneSided: Bool = false
    ) throws(TorchError) -> Tensor {
        try yield(using: self) {
            ct_fourier(pointer, Int64(axis), Int64(length), inverse, isOneSided, $0, $1)
        }
    }
}
