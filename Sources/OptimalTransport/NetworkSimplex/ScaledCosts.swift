/// The costs between the sources and targets that take part, laid out for pricing.
///
/// The costs are divided by a power of two so that their magnitudes are below two: tolerances need no unit.
/// Rows are padded to whole SIMD vectors with a cost that no pivot ever chooses.
struct ScaledCosts {
    /// The vector type of the pricing loop.
    typealias Vector = SIMD8<Double>

    /// The number of sources.
    let rows: Int
    /// The number of targets.
    let columns: Int
    /// The length of a padded row.
    let stride: Int
    /// The padded rows.
    let values: [Double]
    /// The divisor of the costs.
    let scale: Double

    /// Far above any reduced cost: prices are sums of at most `rows + columns` costs below two.
    private static let padding = 0x1p+100

    /// Copies the costs between some sources and targets; with `exchanged` these are columns and rows.
    init(_ cost: CostMatrix, sources: [Int], targets: [Int], exchanged: Bool) {
        let (rowCount, columnCount) = (sources.count, targets.count)
        let (sourceStep, targetStep) = exchanged ? (1, cost.columns) : (cost.columns, 1)
        let width = Vector.scalarCount
        let padded = (columnCount + width - 1) / width * width
        let largest = cost.largestMagnitude
        // A power of two scales without rounding.
        let power = largest.isNormal ? largest.binade : 1
        let factor = 1 / power
        scale = power
        values = [Double](unsafeUninitializedCapacity: rowCount * padded) { buffer, initialised in
            for (row, source) in sources.enumerated() {
                for (column, target) in targets.enumerated() {
                    let value = cost.values[source * sourceStep + target * targetStep]
                    buffer.initializeElement(at: row * padded + column, to: value * factor)
                }
                for column in columnCount..<padded {
                    buffer.initializeElement(at: row * padded + column, to: ScaledCosts.padding)
                }
            }
            initialised = rowCount * padded
        }
        rows = rowCount
        columns = columnCount
        stride = padded
    }

    /// The scaled cost between two participants.
    subscript(row: Int, column: Int) -> Double {
        values[row * stride + column]
    }
}
