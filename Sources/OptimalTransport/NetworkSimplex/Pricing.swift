/// Chooses the arcs that enter the basis: the best one of a block of rows, going through the blocks in a
/// circle.
///
/// A block has whole rows, and about the square root of the number of arcs. The search continues with the
/// next block only if no arc of the block lowers the cost.
struct Pricing {
    /// An arc outside the basis whose use would lower the cost.
    struct Arc {
        let source: Int
        let target: Int
        /// `cost - u - v`, negative.
        let reducedCost: Double
    }

    /// Reduced costs closer to zero than this, where costs are below two, count as zero.
    static let tolerance = 1e-12

    private let blockRows: Int
    private var row = 0

    /// Starts at the first row.
    init(costs: ScaledCosts) {
        let arcs = Double(costs.rows) * Double(costs.columns)
        blockRows = max(1, Int((arcs.squareRoot() / Double(costs.columns)).rounded()))
    }

    /// Returns the next arc to enter, or nil if no arc lowers the cost. O(n m) at worst.
    mutating func next(prices: [Double], costs: ScaledCosts) -> Arc? {
        prices.withUnsafeBufferPointer { prices in
            costs.values.withUnsafeBufferPointer { values in
                let targetPrices = UnsafeRawBufferPointer(
                    rebasing: UnsafeRawBufferPointer(prices)[
                        (costs.rows * MemoryLayout<Double>.stride)...])
                let rowBytes = costs.stride * MemoryLayout<Double>.stride
                let bytes = UnsafeRawBufferPointer(values)
                var (best, bestRow) = (-Pricing.tolerance, -1)
                var inBlock = 0
                for _ in 0..<costs.rows {
                    let start = row * rowBytes
                    let rowValues = UnsafeRawBufferPointer(rebasing: bytes[start..<start + rowBytes])
                    let least = Pricing.leastDifference(rowValues, targetPrices) - prices[row]
                    if least < best { (best, bestRow) = (least, row) }
                    row = row + 1 == costs.rows ? 0 : row + 1
                    inBlock += 1
                    if inBlock == blockRows {
                        if bestRow >= 0 { break }
                        inBlock = 0
                    }
                }
                guard bestRow >= 0 else { return nil }
                var (target, least) = (0, Double.infinity)
                for column in 0..<costs.columns {
                    let difference = values[bestRow * costs.stride + column] - prices[costs.rows + column]
                    if difference < least { (target, least) = (column, difference) }
                }
                return Arc(source: bestRow, target: target, reducedCost: least - prices[bestRow])
            }
        }
    }

    /// Returns the smallest `left - right`; both have the same number of whole vectors.
    @inline(__always)
    private static func leastDifference(
        _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer
    ) -> Double {
        typealias Vector = ScaledCosts.Vector
        var least = Vector(repeating: .infinity)
        for offset in stride(from: 0, to: left.count, by: MemoryLayout<Vector>.size) {
            let difference =
                left.loadUnaligned(fromByteOffset: offset, as: Vector.self)
                - right.loadUnaligned(fromByteOffset: offset, as: Vector.self)
            least.replace(with: difference, where: difference .< least)
        }
        var half = least.lowHalf
        half.replace(with: least.highHalf, where: least.highHalf .< half)
        var quarter = half.lowHalf
        quarter.replace(with: half.highHalf, where: half.highHalf .< quarter)
        return quarter.y < quarter.x ? quarter.y : quarter.x
    }
}
