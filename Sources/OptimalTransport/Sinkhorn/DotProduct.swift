/// Sums of products.
enum DotProduct {
    /// The sum of the products of the first elements of two vectors.
    @inline(__always)
    static func of(
        _ left: UnsafeBufferPointer<Double>, _ right: UnsafeBufferPointer<Double>, count: Int
    ) -> Double {
        typealias Vector = SIMD8<Double>
        let (first, second) = (UnsafeRawBufferPointer(left), UnsafeRawBufferPointer(right))
        let whole = count / 8 * 8
        var sums = Vector.zero
        for start in stride(from: 0, to: whole, by: 8) {
            let offset = start * MemoryLayout<Double>.stride
            sums +=
                first.loadUnaligned(fromByteOffset: offset, as: Vector.self)
                * second.loadUnaligned(fromByteOffset: offset, as: Vector.self)
        }
        return (whole..<count).reduce(sums.sum()) { $0 + left[$1] * right[$1] }
    }
}
