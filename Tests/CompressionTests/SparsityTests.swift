import Compression
import Foundation
import Testing

@Suite("Sparsity")
struct SparsityTests {
    /// m = trunc(n (1 - s)) in double precision, as the published code has it.
    @Test("kept widths as Python's int(n * (1 - s)) gives them")
    func keptWidths() throws {
        // Each row: width, sparsity, int(width * (1 - sparsity)) of CPython.
        let rows: [(Int, Double, Int)] = [
            (512, 0.3, 358), (512, 0.4, 307), (512, 0.5, 256), (512, 0.6, 204), (512, 0.7, 153),
            (256, 0.3, 179), (256, 0.6, 102), (256, 0.7, 76), (128, 0.7, 38), (64, 0.7, 19),
            (10, 0.1, 9), (10, 0.7, 3), (100, 0.29, 71), (1000, 0.999, 1), (7, 0, 7),
        ]
        for (width, sparsity, kept) in rows {
            #expect(try Sparsity(sparsity).keptWidth(of: width) == kept, "\(width), \(sparsity)")
        }
    }

    @Test("one channel always stays")
    func atLeastOne() throws {
        #expect(try Sparsity(0.9).keptWidth(of: 10) == 1)
        #expect(try Sparsity(0.999).keptWidth(of: 10) == 1)
        #expect(try Sparsity(1.0.nextDown).keptWidth(of: 1) == 1)
    }

    @Test(
        "numbers outside [0, 1) are errors that say so, in files too",
        arguments: [-0.1, -.leastNonzeroMagnitude, 1, 1.5, .infinity, -.infinity, .nan])
    func invalid(_ value: Double) throws {
        let error = #expect(throws: CompressionError.self) { try Sparsity(value) }
        #expect(error?.description.contains("[0, 1)") == true)
        #expect(error?.description.contains("\(value)") == true)
        guard value.isFinite else { return }
        #expect(throws: CompressionError.self) {
            try JSONDecoder().decode([Sparsity].self, from: Data("[\(value)]".utf8))
        }
    }
}
