/// Finds the smallest reduced costs of a row, in SIMD vectors.
enum RowScan {
    private typealias Vector = SIMD8<Double>

    /// The smallest `cost - price` of a row, its column, and the smallest of all other columns.
    struct LeastTwo {
        let column: Int
        let first: Double
        let second: Double
    }

    /// Returns the two smallest values of `cost - price`; the second is infinite for a single column.
    static func leastTwo(_ costs: UnsafeBufferPointer<Double>, _ prices: [Double]) -> LeastTwo {
        prices.withUnsafeBufferPointer { prices in
            let whole = costs.count / Vector.scalarCount * Vector.scalarCount
            let (left, right) = (UnsafeRawBufferPointer(costs), UnsafeRawBufferPointer(prices))
            var least = Vector(repeating: .infinity)
            var second = least
            for offset in stride(from: 0, to: whole * 8, by: MemoryLayout<Vector>.size) {
                let value =
                    left.loadUnaligned(fromByteOffset: offset, as: Vector.self)
                    - right.loadUnaligned(fromByteOffset: offset, as: Vector.self)
                let larger = value.replacing(with: least, where: least .> value)
                least.replace(with: value, where: value .< least)
                second.replace(with: larger, where: larger .< second)
            }
            var (first, next) = (Double.infinity, Double.infinity)
            func take(_ value: Double) {
                if value < first {
                    (first, next) = (value, first)
                } else if value < next {
                    next = value
                }
            }
            for lane in 0..<Vector.scalarCount {
                take(least[lane])
                take(second[lane])
            }
            for column in whole..<costs.count { take(costs[column] - prices[column]) }
            var column = 0
            while column < costs.count - 1, costs[column] - prices[column] != first { column += 1 }
            return LeastTwo(column: column, first: first, second: next)
        }
    }
}
