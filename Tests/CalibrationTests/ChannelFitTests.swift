import Calibration
import Compression
import Testing
import Torch

@Suite("Least squares between channels")
struct ChannelFitTests {
    @Test("where channels are sums of those that are left, the weight that reads these gives the same")
    func lossless() throws {
        let (kept, all, outputs, kernel) = (3, 5, 4, 4)
        let mixing = try Tensor(random: .normal, shape: [all, kept], seed: 1).converted(to: .float64)
        let now = try Tensor(random: .normal, shape: [60, kept, kernel], seed: 2).converted(to: .float64)
        let before = try now.permuted([0, 2, 1]).reshaped([60 * kernel, kept])
            .matrixMultiplied(by: mixing.transposed()).reshaped([60, kernel, all]).permuted([0, 2, 1])
        let weight = try Tensor(random: .normal, shape: [outputs, all * kernel], seed: 3)
            .converted(to: .float64)
        var fit = try #require(
            try ChannelFit(from: [outputs, all, 2, 2], to: [outputs, kept, 2, 2], outputAxis: 0))
        let rows = (
            try before.reshaped([60, all * kernel]), try now.reshaped([60, kept * kernel])
        )
        try fit.add(rows.0.sliced(axis: 0, 0..<20), rows.1.sliced(axis: 0, 0..<20))
        try fit.add(rows.0.sliced(axis: 0, 20..<60), rows.1.sliced(axis: 0, 20..<60))
        let found = try rows.1.matrixMultiplied(by: fit.weight(from: weight).transposed()).doubles()
        let wanted = try rows.0.matrixMultiplied(by: weight.transposed()).doubles()
        let scale = wanted.map(abs).max() ?? 1
        // The ridge of a thousandth shows.
        #expect(zip(found, wanted).allSatisfy { abs($0 - $1) < 2e-2 * scale })
    }

    @Test(
        "layers without kernels, and those of other kernels, have none",
        arguments: [([4, 5], [4, 3]), ([4, 5, 1, 1], [4, 3, 1, 1]), ([4, 5, 3, 3], [4, 3, 2, 2])])
    func notSpatial(before: [Int], now: [Int]) throws {
        #expect(try ChannelFit(from: before, to: now, outputAxis: 0) == nil)
    }
}
