import Charts
import Testing

@Suite("Contours")
struct ContourTracerTests {
    private func field(
        _ count: Int, _ range: ClosedRange<Double> = -1...1, _ value: (Double, Double) -> Double
    ) throws -> GridField {
        let places = (0..<count).map {
            range.lowerBound + (range.upperBound - range.lowerBound) * Double($0) / Double(count - 1)
        }
        return try GridField(
            xs: places, ys: places, values: places.flatMap { y in places.map { value($0, y) } })
    }

    private func area(_ field: GridField, _ threshold: Double) -> Double {
        ContourTracer.area(of: ContourTracer(field, threshold: threshold).rings)
    }

    @Test(
        "a plane is cut exactly, at nodes and between them", arguments: [-2.0, -0.5, -0.3, 0, 0.77, 1, 1.5])
    func plane(threshold: Double) throws {
        let wanted = 2 * min(max(1 - threshold, 0), 2)
        #expect(abs(area(try field(9) { x, _ in x }, threshold) - wanted) < 1e-12)
        #expect(abs(area(try field(9) { _, y in y }, threshold) - wanted) < 1e-12)
        // x + y >= t leaves a corner or cuts one off.
        let cut = threshold >= 0 ? max(2 - threshold, 0) : 0
        let diagonal = threshold >= 0 ? cut * cut / 2 : 4 - max(2 + threshold, 0) * max(2 + threshold, 0) / 2
        #expect(abs(area(try field(9) { $0 + $1 }, threshold) - diagonal) < 1e-12)
    }

    @Test("a disc has its area, as an island and as a hole, in one ring each")
    func disc() throws {
        let island = try field(81) { x, y in -(x * x + y * y).squareRoot() }
        let rings = ContourTracer(island, threshold: -0.6).rings
        #expect(rings.count == 1)
        #expect(abs(ContourTracer.area(of: rings) - 0.36 * .pi) < 2e-3)
        for point in rings[0] {
            #expect(abs((point.x * point.x + point.y * point.y).squareRoot() - 0.6) < 2e-3)
        }
        let lake = try field(81) { x, y in (x * x + y * y).squareRoot() }
        let shores = ContourTracer(lake, threshold: 0.6).rings
        #expect(shores.count == 2)
        #expect(abs(ContourTracer.area(of: shores) - (4 - 0.36 * .pi)) < 2e-3)
        #expect(shores.map { ContourTracer.area(of: [$0]) > 0 }.sorted { $0 && !$1 } == [true, false])
    }

    @Test("at a saddle the mean of the four corners connects two of them, or does not")
    func saddle() throws {
        let apart = try GridField(xs: [0, 1], ys: [0, 1], values: [1, 0, 0, 1])
        #expect(ContourTracer(apart, threshold: 0.75).rings.count == 2)
        #expect(abs(area(apart, 0.75) - 2 * 0.25 * 0.25 / 2) < 1e-12)
        let joined = ContourTracer(apart, threshold: 0.25).rings
        #expect(joined.count == 1 && joined[0].count == 6)
        #expect(abs(ContourTracer.area(of: joined) - (1 - 2 * 0.25 * 0.25 / 2)) < 1e-12)
    }

    @Test("regions of two thresholds leave the band between them, whatever the numbers")
    func nesting() throws {
        let rough = try field(23) { x, y in ((x * 37 + y * 91) * 12.9898).truncatingRemainder(dividingBy: 1) }
        let thresholds = [-2.0, -0.4, -0.1, 0, 0.2, 0.5, 2]
        let areas = thresholds.map { area(rough, $0) }
        #expect(abs(areas[0] - 4) < 1e-12 && areas[6] == 0)
        #expect(zip(areas, areas.dropFirst()).allSatisfy { $0 > $1 })
        for threshold in thresholds {
            for ring in ContourTracer(rough, threshold: threshold).rings {
                #expect(ring.allSatisfy { (-1...1).contains($0.x) && (-1...1).contains($0.y) })
            }
        }
    }

    @Test("fields that cannot be drawn are refused")
    func refusals() {
        #expect(throws: ChartError.self) { try GridField(xs: [0], ys: [0, 1], values: [1, 2]) }
        #expect(throws: ChartError.self) { try GridField(xs: [0, 1], ys: [0, 1], values: [1, 2, 3]) }
        #expect(throws: ChartError.self) { try GridField(xs: [1, 0], ys: [0, 1], values: [1, 2, 3, 4]) }
        #expect(throws: ChartError.self) { try GridField(xs: [0, 1], ys: [0, 1], values: [1, 2, 3, .nan]) }
    }
}
