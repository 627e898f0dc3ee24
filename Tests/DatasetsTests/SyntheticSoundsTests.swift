import Datasets
import Testing
import Torch

@Suite("Synthetic sounds")
struct SyntheticSoundsTests {
    @Test("they are the same for a seed, within full scale, and differ in level")
    func sounds() throws {
        var maker = SyntheticSounds(length: 600, seed: 3)
        let sounds = try maker.sounds(64)
        #expect(sounds.shape == [64, 600])
        var again = SyntheticSounds(length: 600, seed: 3)
        #expect(try again.sounds(64).doubles() == sounds.doubles())
        let rows = try (0..<64).map { try sounds.selecting(axis: 0, [$0]).doubles() }
        let levels = rows.map { row in (row.reduce(0) { $0 + $1 * $1 } / Double(row.count)).squareRoot() }
        #expect(levels.allSatisfy { $0 > 0 && $0 < 1.5 })
        #expect(try #require(levels.max()) > 10 * #require(levels.min()))
    }

    @Test("most repeat after some period, as tones do, and some do not")
    func tones() throws {
        var maker = SyntheticSounds(length: 1200, seed: 5)
        let sounds = try maker.sounds(100)
        let periodic = try (0..<100).filter { index in
            let row = try sounds.selecting(axis: 0, [index]).doubles()
            let correlations = (20...400).map { lag -> Double in
                let pairs = zip(row, row.dropFirst(lag))
                let (products, first, second) = pairs.reduce((0.0, 0.0, 0.0)) {
                    ($0.0 + $1.0 * $1.1, $0.1 + $1.0 * $1.0, $0.2 + $1.1 * $1.1)
                }
                return products / (first * second).squareRoot()
            }
            return try #require(correlations.max()) > 0.7
        }
        #expect(periodic.count > 35 && periodic.count < 95, "\(periodic.count)")
    }
}
