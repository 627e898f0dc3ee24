import Foundation

/// Distances for any finite exponent, in `Double`: `M (sum_k (|x_k - y_k| / M)^p)^(1/p)` with M the largest
/// difference, so no power overflows and the largest term never underflows.
struct PowerDistances: BlockDistances {
    private typealias Vector = SIMD8<Double>

    private let p: Double
    /// `2 p` if that is a small integer, for which products and a square root replace the power function.
    private let halves: Int?

    init(p: Double) {
        self.p = p
        halves = p <= 64 && (2 * p).rounded() == 2 * p ? Int(2 * p) : nil
    }

    func distances(of block: DistanceTable.Block) -> [Double] {
        let size = DistanceTable.blockSize
        var result = [Double](repeating: 0, count: size * size)
        for source in block.sources.indices {
            for target in block.targets.indices where block.needs(source, target) {
                result[source * size + target] = distance(
                    UnsafeBufferPointer(start: block.sources[source], count: block.columns),
                    UnsafeBufferPointer(start: block.targets[target], count: block.columns))
            }
        }
        return result
    }

    private func distance(_ left: UnsafeBufferPointer<Float>, _ right: UnsafeBufferPointer<Float>) -> Double {
        let largest = PowerDistances.largestDifference(left, right)
        guard largest > 0 else { return 0 }
        var sums = Vector.zero
        // The reciprocal of any positive Float is in the range of Double.
        let factor = 1 / largest
        let whole = left.count / 8 * 8
        for start in stride(from: 0, to: whole, by: 8) {
            sums += power(PowerDistances.differences(left, right, at: start) * factor)
        }
        let sum = (whole..<left.count).reduce(sums.sum()) {
            $0 + pow((Double(left[$1]) - Double(right[$1])).magnitude * factor, p)
        }
        return largest * pow(sum, 1 / p)
    }

    /// Returns the powers of numbers between zero and one.
    @inline(__always)
    private func power(_ base: Vector) -> Vector {
        guard let halves else {
            var result = base
            for lane in 0..<Vector.scalarCount { result[lane] = pow(base[lane], p) }
            return result
        }
        var result = halves & 1 == 1 ? base.squareRoot() : Vector(repeating: 1)
        var (square, bits) = (base, halves / 2)
        while bits != 0 {
            if bits & 1 == 1 { result *= square }
            square *= square
            bits /= 2
        }
        return result
    }

    /// Returns the absolute differences of eight consecutive values.
    @inline(__always)
    private static func differences(
        _ left: UnsafeBufferPointer<Float>, _ right: UnsafeBufferPointer<Float>, at start: Int
    ) -> Vector {
        let offset = start * MemoryLayout<Float>.stride
        let first = UnsafeRawBufferPointer(left).loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
        let second = UnsafeRawBufferPointer(right).loadUnaligned(
            fromByteOffset: offset, as: SIMD8<Float>.self)
        let difference = Vector(first) - Vector(second)
        return difference.replacing(with: -difference, where: difference .< 0)
    }

    private static func largestDifference(
        _ left: UnsafeBufferPointer<Float>, _ right: UnsafeBufferPointer<Float>
    ) -> Double {
        var largest = Vector.zero
        let whole = left.count / 8 * 8
        for start in stride(from: 0, to: whole, by: 8) {
            let sizes = differences(left, right, at: start)
            largest.replace(with: sizes, where: sizes .> largest)
        }
        return (whole..<left.count).reduce(largest.max()) {
            max($0, (Double(left[$1]) - Double(right[$1])).magnitude)
        }
    }
}
