import Charts
import Testing

@Suite("Ticks and scales")
struct TicksTests {
    @Test(
        "ticks are round, inside the range, and labelled with the places that they need",
        arguments: [
            (0.0, 1.0, 5, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
            (0.0, 100.0, 4, ["0", "50", "100"]),
            (-3.0, 7.0, 5, ["−2", "0", "2", "4", "6"]),
            (0.03, 0.071, 5, ["0.03", "0.04", "0.05", "0.06", "0.07"]),
            (0.3, 0.7, 4, ["0.3", "0.4", "0.5", "0.6", "0.7"]),
            (0.0, 2.4e7, 3, ["0", "1e+07", "2e+07"]),
            (1.0, 1.0, 5, ["1.00"]),
        ])
    func labels(low: Double, high: Double, count: Int, expected: [String]) {
        let ticks = Ticks(in: low...high, about: count)
        #expect(ticks.labels == expected)
        #expect(ticks.values.allSatisfy { $0 >= low - 1e-9 && $0 <= high + 1e-9 })
        #expect(ticks.values.count <= count + 1)
    }

    @Test("a scale runs from one end to the other, and widens a domain without a length")
    func scale() {
        let scale = LinearScale(2...4, from: 100, to: 0)
        #expect([2, 2.5, 4].map(scale.position) == [100, 75, 0])
        let flat = LinearScale(3...3, from: 0, to: 10)
        #expect(flat.domain.contains(3) && flat.position(3) == 5)
        #expect(LinearScale(0...0).domain == -0.5...0.5)
    }

    @Test("a round range covers all finite values")
    func roundRange() {
        #expect(LinearScale.roundRange(covering: [12, 87, Double.nan, .infinity]) == 0...100)
        let range = LinearScale.roundRange(covering: [0.31, 0.69])
        #expect(abs(range.lowerBound - 0.3) < 1e-12 && abs(range.upperBound - 0.7) < 1e-12)
        #expect(LinearScale.roundRange(covering: [Double]()) == 0...1)
    }
}
