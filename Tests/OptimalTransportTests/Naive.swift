import Foundation
import OptimalTransport
import TestSupport

/// Slow and obvious counterparts that the library is checked against.
enum Naive {
    /// The p-norm distance in `Double`, term by term.
    static func distance(_ left: ArraySlice<Float>, _ right: ArraySlice<Float>, p: Double) -> Double {
        let differences = zip(left, right).map { abs(Double($0) - Double($1)) }
        if p == .infinity { return differences.max() ?? 0 }
        return pow(differences.map { pow($0, p) }.reduce(0, +), 1 / p)
    }

    /// The least cost of a complete assignment of a square cost table, by trying all permutations.
    static func cheapestPermutation(_ cost: [[Double]]) -> Double {
        func best(_ row: Int, _ free: [Int]) -> Double {
            guard row < cost.count else { return 0 }
            return free.indices.map { position in
                var rest = free
                let column = rest.remove(at: position)
                return cost[row][column] + best(row + 1, rest)
            }.min() ?? .infinity
        }
        return best(0, Array(cost.indices))
    }

    /// The least cost of a complete assignment, by the recursion over sets of assigned columns.
    static func cheapestAssignment(_ cost: [[Double]]) -> Double {
        let count = cost.count
        var best = [Double](repeating: .infinity, count: 1 << count)
        best[0] = 0
        for set in best.indices {
            let row = set.nonzeroBitCount
            guard row < count else { continue }
            for column in 0..<count where set & (1 << column) == 0 {
                let next = set | (1 << column)
                best[next] = min(best[next], best[set] + cost[row][column])
            }
        }
        return best[best.count - 1]
    }

    /// The least cost of a plan whose marginals are whole numbers of equal units: each unit is assigned by
    /// itself.
    static func cheapestPlan(_ cost: CostMatrix, sourceUnits: [Int], targetUnits: [Int]) -> Double {
        let rows = sourceUnits.indices.flatMap { Array(repeating: $0, count: sourceUnits[$0]) }
        let columns = targetUnits.indices.flatMap { Array(repeating: $0, count: targetUnits[$0]) }
        let units = rows.map { row in columns.map { cost[row, $0] } }
        return cheapestAssignment(units) / Double(rows.count)
    }
}

extension SeededGenerator {
    /// A uniform number between zero and one.
    mutating func unit() -> Double { Double.random(in: 0..<1, using: &self) }

    /// A whole number in a range.
    mutating func integer(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
}
