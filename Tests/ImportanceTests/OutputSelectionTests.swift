import Foundation
import Importance
import Testing
import Torch

@Suite("The choice of channels by what they tell of outputs")
struct OutputSelectionTests {
    /// By how much a choice may be worse than the best, as a share of the outputs' variance.
    ///
    /// Products round differently from processor to processor: near ties may fall either way.
    private static let tolerance = 1e-7

    /// A consumer's covariance and metric, row by row.
    private struct Consumer {
        var covariance: [[Double]]
        let metric: [[Double]]

        /// `(E Q E)_jj / E_jj` of every channel, by loops.
        func gains(least: Double) -> [Double] {
            covariance.indices.map { channel in
                let column = covariance.map { $0[channel] }
                guard column[channel] > least else { return 0 }
                let energy = column.indices.reduce(0.0) { sum, row in
                    sum + column[row] * zip(metric[row], column).reduce(0) { $0 + $1.0 * $1.1 }
                }
                return energy / column[channel]
            }
        }

        /// Takes away what a channel predicts.
        mutating func choose(_ channel: Int, least: Double) {
            let column = covariance.map { $0[channel] }
            guard column[channel] > least else { return }
            for row in column.indices {
                for index in column.indices {
                    covariance[row][index] -= column[row] * column[index] / column[channel]
                }
            }
        }
    }

    /// Random vectors of a length, some channels being sums or copies of others. `[count, length]`
    private func vectors(_ count: Int, _ length: Int, seed: UInt64, dependent: Bool) throws -> Tensor {
        var values = try Tensor(random: .normal, shape: [count * length], seed: seed).doubles()
        if dependent {
            for channel in stride(from: 3, to: count, by: 7) {
                for index in 0..<length {
                    values[channel * length + index] =
                        values[(channel - 1) * length + index]
                        + (channel % 2 == 0 ? values[(channel - 2) * length + index] : 0)
                }
            }
        }
        return try Tensor(values, shape: [count, length])
    }

    @Test(
        "every choice is the best there is, by loops, within and across blocks",
        arguments: [(1, 1), (2, 1), (9, 2), (63, 1), (128, 2), (129, 1), (270, 2)])
    func greedy(count: Int, consumers: Int) throws {
        for (length, dependent) in [(2 * count + 3, true), (count / 2 + 1, false)] {
            var naive: [Consumer] = []
            var selections: [OutputSelection] = []
            for index in 0..<consumers {
                let made = try vectors(
                    count, length, seed: UInt64(7 * count + index), dependent: dependent)
                let covariance = try made.matrixMultiplied(by: made.permuted([1, 0]))
                // Fewer outputs than channels, or more: the metric has two forms.
                let read = try vectors(
                    count, index == 0 ? 5 + count / 4 : count + 5, seed: UInt64(index + 1), dependent: false)
                let metric = try read.matrixMultiplied(by: read.permuted([1, 0]))
                func rows(_ matrix: Tensor) throws -> [[Double]] {
                    let values = try matrix.doubles()
                    return (0..<count).map { Array(values[$0 * count..<($0 + 1) * count]) }
                }
                naive.append(Consumer(covariance: try rows(covariance), metric: try rows(metric)))
                selections.append(try OutputSelection(covariance: covariance, rows: read.permuted([1, 0])))
            }
            let order = try OutputSelection.order(&selections, count: count)
            #expect(order.sorted() == Array(0..<count))
            let totals = naive.map { consumer in
                (0..<count).reduce(0.0) { sum, row in
                    sum
                        + zip(consumer.metric[row], consumer.covariance.map { $0[row] }).reduce(0) {
                            $0 + $1.0 * $1.1
                        }
                }
            }
            let least = naive.map { consumer in
                consumer.covariance.indices.reduce(0) { $0 + consumer.covariance[$1][$1] } / Double(count)
                    * 1e-9
            }
            for (rank, chosen) in order.enumerated() {
                var gains = [Double](repeating: 0, count: count)
                for index in naive.indices {
                    for (channel, gain) in naive[index].gains(least: least[index]).enumerated() {
                        gains[channel] += gain / totals[index]
                    }
                }
                let best = order[rank...].reduce(0) { max($0, gains[$1]) }
                #expect(gains[chosen] >= best - Self.tolerance, "\(rank) of \(count)")
                for index in naive.indices { naive[index].choose(chosen, least: least[index]) }
            }
        }
    }

    @Test("of two equal channels the second comes last; without outputs the order is the channels'")
    func copies() throws {
        let rows = try Tensor([1.0, 0, 0, 1, 1.0, 0, 0.5, 0.5] as [Double], shape: [4, 2])
        let covariance = try rows.matrixMultiplied(by: rows.permuted([1, 0]))
        let identity = try Tensor((0..<16).map { $0 % 5 == 0 ? 1.0 : 0 }, shape: [4, 4])
        var selections = [try OutputSelection(covariance: covariance, rows: identity)]
        // The first tells 2 and a quarter of 3.5, more than the others; the second what is left of all.
        #expect(try OutputSelection.order(&selections, count: 4) == [0, 1, 2, 3])
        let zero = try Tensor(repeating: 0, shape: [4, 4], type: .float64)
        selections = [try OutputSelection(covariance: covariance, rows: zero)]
        #expect(try OutputSelection.order(&selections, count: 4) == [0, 1, 2, 3])
        selections = [try OutputSelection(covariance: zero, rows: identity)]
        #expect(try OutputSelection.order(&selections, count: 4) == [0, 1, 2, 3])
    }
}
