internal import Foundation

/// Round numbers in a range: multiples of 1, 2 or 5 times a power of ten.
package struct Ticks: Sendable, Equatable {
    /// How far they are apart.
    package let step: Double
    /// The numbers, ascending.
    package let values: [Double]
    private let places: Int

    /// Chooses the smallest round step by which at most so many intervals lie in a range.
    ///
    /// - Parameters:
    ///   - range: The range; one without a length gets one tick.
    ///   - count: The greatest number of intervals.
    package init(in range: ClosedRange<Double>, about count: Int) {
        let span = range.upperBound - range.lowerBound
        guard span > 0, span.isFinite else {
            (step, values, places) = (0, [range.lowerBound], 2)
            return
        }
        let least = span / Double(max(count, 1))
        let power = pow(10, floor(log10(least)))
        let factor = [1.0, 2, 5].first { $0 * power >= least * (1 - 1e-9) } ?? 10
        let step = factor * power
        self.step = step
        places = max(0, -Int(floor(log10(step) + 1e-9)))
        let first = (range.lowerBound / step - 1e-9).rounded(.up)
        let last = (range.upperBound / step + 1e-9).rounded(.down)
        values = first <= last ? (0...Int(last - first)).map { (first + Double($0)) * step } : []
    }

    /// Returns a number as it is written at a tick, with as many places as the step needs.
    package func label(_ value: Double) -> String {
        let value = abs(value) < step * 1e-6 ? 0 : value
        let greatest = max(abs(values.first ?? value), abs(values.last ?? value))
        let text =
            places > 5 || greatest >= 1e6
            ? String(format: "%.3g", value) : String(format: "%.\(places)f", value)
        return text.replacingOccurrences(of: "-", with: "\u{2212}")
    }

    /// The labels of all ticks.
    package var labels: [String] { values.map(label) }
}
