/// Puts numbers on a line: p(v) = start + (v - low) / (high - low) (end - start).
package struct LinearScale: Sendable, Equatable {
    /// The numbers that are shown.
    package let domain: ClosedRange<Double>
    /// Where the least lies, in pixels.
    package let start: Double
    /// Where the greatest lies, in pixels.
    package let end: Double

    /// Makes a scale; a domain without a length gets one.
    package init(_ domain: ClosedRange<Double>, from start: Double = 0, to end: Double = 1) {
        self.domain = Self.widened(domain)
        (self.start, self.end) = (start, end)
    }

    /// Returns where a number lies.
    package func position(_ value: Double) -> Double {
        start + (value - domain.lowerBound) / (domain.upperBound - domain.lowerBound) * (end - start)
    }

    /// Returns a range of round ends that covers numbers; those that are not finite do not count.
    ///
    /// - Parameters:
    ///   - values: The numbers.
    ///   - count: The greatest number of round steps in it.
    package static func roundRange(covering values: some Sequence<Double>, about count: Int = 5)
        -> ClosedRange<Double>
    {
        let finite = values.filter(\.isFinite)
        guard let low = finite.min(), let high = finite.max() else { return 0...1 }
        let range = widened(low...high)
        let step = Ticks(in: range, about: count).step
        return (range.lowerBound / step + 1e-9).rounded(.down) * step...(range.upperBound / step - 1e-9)
            .rounded(.up) * step
    }

    private static func widened(_ range: ClosedRange<Double>) -> ClosedRange<Double> {
        guard range.upperBound - range.lowerBound <= 0 else { return range }
        let half = max(abs(range.lowerBound) * 0.05, 0.5)
        return range.lowerBound - half...range.upperBound + half
    }
}
