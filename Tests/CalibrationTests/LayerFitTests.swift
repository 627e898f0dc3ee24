import Calibration
import Compression
import Testing
import Torch

@Suite("Least squares of a layer")
struct LayerFitTests {
    /// Solves A X = B by Gaussian elimination with pivots.
    private func solve(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
        var rows = zip(a, b).map { $0 + $1 }
        let n = a.count
        for column in 0..<n {
            let pivot = (column..<n).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
            rows.swapAt(column, pivot)
            for row in 0..<n where row != column {
                let factor = rows[row][column] / rows[column][column]
                for index in rows[row].indices { rows[row][index] -= factor * rows[column][index] }
            }
        }
        return (0..<n).map { row in rows[row][n...].map { $0 / rows[row][row] } }
    }

    @Test(
        "the solution is that of the normal equations about the means, with a ridge around the prior",
        arguments: [true, false])
    func normalEquations(hasBias: Bool) throws {
        var generator = SplitMixGenerator(seed: 9)
        func random() -> Double { Double.random(in: -1...1, using: &generator) }
        let (count, fanIn, outputs, ridge) = (64, 4, 3, 0.05)
        let rows = (0..<count).map { _ in (0..<fanIn).map { _ in random() + 0.5 } }
        let targets = rows.map { row in (0..<outputs).map { o in row[o] - 2 * row[3] + 0.3 + 0.1 * random() }
        }
        let prior = (0..<outputs).map { _ in (0..<fanIn).map { _ in random() } }
        var fit = try LayerFit(fanIn: fanIn, outputs: outputs)
        // The sums must not depend on how rows come.
        for range in [0..<10, 10..<64] {
            try fit.add(
                Tensor(rows[range].flatMap { $0 }, shape: [range.count, fanIn]),
                Tensor(targets[range].flatMap { $0 }, shape: [range.count, outputs]))
        }
        let bias = try Tensor([Double](repeating: 0, count: outputs))
        let found = try fit.solution(
            priors: [Tensor(prior.flatMap { $0 }, shape: [outputs, fanIn])], bias: hasBias ? bias : nil,
            ridges: [ridge])
        #expect(found.ridge == ridge && found.errorAfter < found.errorBefore)
        func mean(_ list: [[Double]]) -> [Double] {
            list[0].indices.map { i in hasBias ? list.reduce(0) { $0 + $1[i] } / Double(count) : 0 }
        }
        let (p, y) = (mean(rows), mean(targets))
        var gram = (0..<fanIn).map { i in
            (0..<fanIn).map { j in rows.reduce(0) { $0 + ($1[i] - p[i]) * ($1[j] - p[j]) } }
        }
        let damping = ridge * (0..<fanIn).reduce(0) { $0 + gram[$1][$1] } / Double(fanIn)
        var right = (0..<fanIn).map { i in
            (0..<outputs).map { o in
                zip(rows, targets).reduce(0) { $0 + ($1.0[i] - p[i]) * ($1.1[o] - y[o]) } + damping
                    * prior[o][i]
            }
        }
        for i in 0..<fanIn { gram[i][i] += damping }
        right = solve(gram, right)
        let weight = try found.weight.doubles()
        for o in 0..<outputs {
            for i in 0..<fanIn { #expect(abs(weight[o * fanIn + i] - right[i][o]) < 1e-9) }
        }
        guard hasBias else {
            #expect(found.bias.map { $0.shape } == nil)
            return
        }
        let shift = try #require(found.bias).doubles()
        for o in 0..<outputs {
            #expect(abs(shift[o] - (y[o] - (0..<fanIn).reduce(0) { $0 + right[$1][o] * p[$1] })) < 1e-9)
        }
    }

    @Test("where no ridge is better than the weight that was there, that stays")
    func nothingBetter() throws {
        var fit = try LayerFit(fanIn: 30, outputs: 1)
        let rows = try Tensor(random: .normal, shape: [20, 30], seed: 1)
        let prior = try Tensor(random: .normal, shape: [1, 30], seed: 2).converted(to: .float64)
        let noise = try Tensor(random: .normal, shape: [20, 1], seed: 3).applying(.multiplied(3))
        try fit.add(
            rows,
            rows.converted(to: .float64).matrixMultiplied(by: prior.permuted([1, 0])).adding(
                noise.converted(to: .float64)))
        let found = try fit.solution(priors: [prior], bias: nil, ridges: [1e-6])
        #expect(found.ridge == nil)
        #expect(try found.weight.doubles() == prior.doubles())
    }

    @Test("a prior that is right prevails over the weight that was there")
    func betterPrior() throws {
        let (rows, outputs) = (40, 2)
        let wrong = try Tensor(repeating: 0, shape: [outputs, 30], type: .float64)
        let right = try Tensor(random: .normal, shape: [outputs, 30], seed: 2).converted(to: .float64)
        let inputs = try Tensor(random: .normal, shape: [rows, 30], seed: 1)
        let noise = try Tensor(random: .normal, shape: [rows, outputs], seed: 3)
        var fit = try LayerFit(fanIn: 30, outputs: outputs)
        try fit.add(
            inputs,
            inputs.converted(to: .float64).matrixMultiplied(by: right.transposed())
                .adding(noise.converted(to: .float64)))
        let found = try fit.solution(priors: [wrong, right], bias: nil, ridges: [1e-3])
        #expect(found.prior == 1 && found.ridge == nil)
        #expect(try found.weight.doubles() == right.doubles())
        let alone = try fit.solution(priors: [wrong], bias: nil, ridges: [1e-3])
        #expect(found.errorAfter < alone.errorAfter && found.errorBefore == alone.errorBefore)
    }

    @Test("ridges are judged on samples that were not fitted, whatever rows are theirs")
    func samplesPutAside() throws {
        // Every sample has rows of its own direction: what is learnt of one tells nothing of another.
        let (samples, each) = (10, 20)
        let rows = try Tensor(
            (0..<samples * each).flatMap { row in (0..<samples).map { $0 == row / each ? 1.0 : 0 } },
            shape: [samples * each, samples])
        let targets = try Tensor(
            (0..<samples * each).map { Double($0 / each % 3) - 1 }, shape: [samples * each, 1])
        let prior = try Tensor(repeating: 0, shape: [1, samples], type: .float64)
        func fitted(_ owners: [Int]?) throws -> LayerFit.Solution {
            var fit = try LayerFit(fanIn: samples, outputs: 1)
            try fit.add(rows, targets, of: owners)
            return try fit.solution(priors: [prior], bias: nil, ridges: [1e-6])
        }
        let mixed = try fitted(nil)
        #expect(mixed.ridge != nil && mixed.errorAfter < 1e-6)
        let apart = try fitted((0..<samples * each).map { $0 / each })
        #expect(apart.errorAfter > 0.5, "\(apart.errorAfter)")
    }
}
