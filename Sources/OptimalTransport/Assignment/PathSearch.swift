/// Dijkstra's search from one free row over the columns, by reduced costs.
struct PathSearch {
    private typealias Vector = SIMD8<Double>
    private typealias Rows = SIMD8<Int64>

    /// A column and the length of the shortest path to it.
    typealias Reached = (column: Int, distance: Double)

    /// The columns whose shortest paths are known, in the order of their distances.
    private(set) var settled: [Reached] = []
    private let columns: Int
    /// The shortest path to each unsettled column; infinite for the others and after the last column.
    private var distances: [Double]
    /// The prices of unsettled columns; for others, a price that makes every path infinitely long.
    private var prices: [Double]
    /// The row through which each column was reached.
    private var predecessors: [Int64]
    /// A row of costs, padded to whole vectors.
    private let padded: Int

    /// Prepares searches over a number of columns.
    init(columns: Int) {
        self.columns = columns
        padded = (columns + Vector.scalarCount - 1) / Vector.scalarCount * Vector.scalarCount
        distances = [Double](repeating: .infinity, count: padded)
        prices = [Double](repeating: -.infinity, count: padded)
        predecessors = [Int64](repeating: -1, count: padded)
    }

    /// Starts again at a row.
    mutating func begin(at row: Int, _ costs: UnsafeBufferPointer<Double>, _ columnPrices: [Double]) {
        settled.removeAll(keepingCapacity: true)
        for column in 0..<columns {
            prices[column] = columnPrices[column]
            distances[column] = costs[column] - columnPrices[column]
            predecessors[column] = Int64(row)
        }
    }

    /// The row through which a column was reached.
    func predecessor(of column: Int) -> Int { Int(predecessors[column]) }

    /// Returns the nearest unsettled column.
    func nearest() -> Reached {
        distances.withUnsafeBytes { bytes in
            var least = Vector(repeating: .infinity)
            for offset in stride(from: 0, to: bytes.count, by: MemoryLayout<Vector>.size) {
                let value = bytes.loadUnaligned(fromByteOffset: offset, as: Vector.self)
                least.replace(with: value, where: value .< least)
            }
            var distance = least[0]
            for lane in 1..<Vector.scalarCount where least[lane] < distance { distance = least[lane] }
            let values = bytes.assumingMemoryBound(to: Double.self)
            var column = 0
            while column < columns - 1, values[column] != distance { column += 1 }
            return (column, distance)
        }
    }

    /// Removes a column from the search.
    mutating func settle(_ reached: Reached) {
        settled.append(reached)
        distances[reached.column] = .infinity
        prices[reached.column] = -.infinity
    }

    /// Shortens paths that go through a row, whose `cost - price` less an offset is the length of a path.
    mutating func relax(_ row: Int, _ costs: UnsafeBufferPointer<Double>, by offset: Double) {
        let whole = columns / Vector.scalarCount * Vector.scalarCount
        let costs = UnsafeRawBufferPointer(costs)
        let (shift, mark) = (Vector(repeating: offset), Rows(repeating: Int64(row)))
        distances.withUnsafeMutableBytes { distances in
            predecessors.withUnsafeMutableBytes { predecessors in
                prices.withUnsafeBytes { prices in
                    for place in stride(from: 0, to: whole * 8, by: MemoryLayout<Vector>.size) {
                        let length =
                            costs.loadUnaligned(fromByteOffset: place, as: Vector.self)
                            - prices.loadUnaligned(fromByteOffset: place, as: Vector.self) - shift
                        var known = distances.loadUnaligned(fromByteOffset: place, as: Vector.self)
                        let isShorter = length .< known
                        guard any(isShorter) else { continue }
                        known.replace(with: length, where: isShorter)
                        distances.storeBytes(of: known, toByteOffset: place, as: Vector.self)
                        var rows = predecessors.loadUnaligned(fromByteOffset: place, as: Rows.self)
                        rows.replace(with: mark, where: isShorter)
                        predecessors.storeBytes(of: rows, toByteOffset: place, as: Rows.self)
                    }
                    for place in stride(from: whole * 8, to: columns * 8, by: 8) {
                        let length =
                            costs.loadUnaligned(fromByteOffset: place, as: Double.self)
                            - prices.loadUnaligned(fromByteOffset: place, as: Double.self) - offset
                        guard length < distances.loadUnaligned(fromByteOffset: place, as: Double.self) else {
                            continue
                        }
                        distances.storeBytes(of: length, toByteOffset: place, as: Double.self)
                        predecessors.storeBytes(of: Int64(row), toByteOffset: place, as: Int64.self)
                    }
                }
            }
        }
    }
}
