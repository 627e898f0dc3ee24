import Testing
import Torch

@Suite("Linear algebra")
struct LinearAlgebraTests {
    private static let tolerance = 1e-12

    @Test("eigenvectors are orthonormal and put symmetric matrices together again, in batches")
    func eigen() throws {
        let factors = try Tensor(random: .normal, shape: [3, 5, 5], seed: 11).converted(to: .float64)
        let matrices = try factors.adding(factors.permuted([0, 2, 1]))
        let (values, vectors) = try matrices.symmetricEigen()
        #expect(values.shape == [3, 5] && vectors.shape == [3, 5, 5])
        let numbers = try values.doubles()
        for row in 0..<3 {
            let part = numbers[(row * 5)..<((row + 1) * 5)]
            #expect(zip(part, part.dropFirst()).allSatisfy { $0 <= $1 })
            #expect(part.contains { $0 < 0 } && part.contains { $0 > 0 })
        }
        let transposed = try vectors.permuted([0, 2, 1])
        let again = try vectors.multiplied(by: values.reshaped([3, 1, 5])).matrixMultiplied(by: transposed)
        let identity = try transposed.matrixMultiplied(by: vectors).doubles()
        for (left, right) in zip(try again.doubles(), try matrices.doubles()) {
            #expect(abs(left - right) <= Self.tolerance * 10)
        }
        for (index, value) in identity.enumerated() {
            #expect(abs(value - (index % 25 % 6 == 0 ? 1 : 0)) <= Self.tolerance)
        }
    }

    @Test("eigenvalues that are known by heart; only the lower triangle is read")
    func known() throws {
        let values = try Tensor([2, 99, 1, 2] as [Double], shape: [2, 2]).symmetricEigen().values.doubles()
        #expect(abs(values[0] - 1) <= Self.tolerance && abs(values[1] - 3) <= Self.tolerance)
        #expect(try Tensor([-4] as [Double], shape: [1, 1]).symmetricEigen().values.doubles() == [-4])
        #expect(try Tensor([] as [Double], shape: [0, 2, 2]).symmetricEigen().vectors.shape == [0, 2, 2])
    }

    @Test("symmetric products are those of all elements, alone and added; shapes that do not fit are errors")
    func symmetricProduct() throws {
        // More rows than are computed at a time, and some left.
        let rows = try Tensor(random: .normal, shape: [600, 7], seed: 1).converted(to: .float64)
        let expected = try rows.matrixMultiplied(by: rows.permuted([1, 0])).doubles()
        let products = try rows.rowProducts()
        for (one, other) in zip(try products.doubles(), expected) {
            #expect(abs(one - other) <= Self.tolerance)
        }
        let columns = try rows.permuted([1, 0])
        for (one, other) in zip(
            try products.adding(-2.5, symmetricProductOf: rows, and: columns).doubles(), expected)
        {
            #expect(abs(one + 1.5 * other) <= Self.tolerance)
        }
        #expect(throws: TorchError.self) { try rows.symmetricProduct(with: rows) }
        #expect(throws: TorchError.self) {
            try products.adding(1, symmetricProductOf: columns, and: rows)
        }
        #expect(try Tensor([] as [Double], shape: [0, 3]).rowProducts().shape == [0, 0])
    }

    @Test("products of few rows with a large weight are those of many, each time, in both layouts")
    func fewRows() throws {
        let (depth, outputs) = (300, 250)
        let weight = try Tensor(random: .normal, shape: [outputs, depth], seed: 1)
        let bias = try Tensor(random: .normal, shape: [outputs], seed: 2)
        let exact = try weight.converted(to: .float64).transposed()
        for count in [1, 7, 12, 17, 32] {
            let rows = try Tensor(random: .normal, shape: [1, count, depth], seed: UInt64(count))
            let products = try rows.converted(to: .float64).matrixMultiplied(by: exact)
            let expected = try products.adding(bias.converted(to: .float64)).doubles()
            for (one, other) in zip(try rows.linear(weight: weight, bias: bias).doubles(), expected) {
                #expect(abs(one - other) < 1e-4)
            }
            // A view of the same elements is arranged by itself, and the weight anew for the other layout.
            for right in [try weight.transposed(), try exact.converted(to: .float32)] {
                let found = try rows.matrixMultiplied(by: right)
                #expect(found.shape == [1, count, outputs])
                for (one, other) in zip(try found.doubles(), try products.doubles()) {
                    #expect(abs(one - other) < 1e-4)
                }
            }
            #expect(throws: TorchError.self) { try rows.matrixMultiplied(by: weight) }
        }
        let square = try Tensor(random: .normal, shape: [depth, depth], seed: 3)
        let row = try Tensor(random: .normal, shape: [1, depth], seed: 4)
        let one = try row.linear(weight: square, bias: nil).doubles()
        let other = try row.matrixMultiplied(by: square).doubles()
        let flipped = try row.matrixMultiplied(by: square.transposed()).doubles()
        #expect(zip(one, flipped).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(zip(one, other).contains { abs($0 - $1) > 1e-2 })
    }

    @Test("slices are mixed by weights; those without a term are zero, and ones out of range are errors")
    func mixedSlices() throws {
        let slices = try Tensor([1, 2, 3, 4, 5, 6] as [Double], shape: [3, 2])
        let mixed = try slices.mixingSlices([(2, 0, 0.5), (2, 2, -1), (0, 1, 2)], count: 3)
        #expect(try mixed.doubles() == [6, 8, 0, 0, -4.5, -5])
        #expect(try Tensor([1, 2] as [Double]).mixingSlices([(0, 1, 3)], count: 1).doubles() == [6])
        #expect(throws: TorchError.self) { try slices.mixingSlices([(0, 3, 1)], count: 1) }
        #expect(throws: TorchError.self) { try slices.mixingSlices([(1, 0, 1)], count: 1) }
    }

    @Test("series of correlations are sums of powers, within [-1, 1], for any number of channels")
    func correlationSeries() throws {
        let count = 75
        let factor = try Tensor(random: .normal, shape: [count, 3], seed: 2).converted(to: .float64)
        let covariance = try factor.rowProducts()
        let c = try covariance.doubles()
        // Some correlations would be larger than one.
        let deviations = (0..<count).map { (c[$0 * (count + 1)]).squareRoot() * ($0 == 3 ? 0.5 : 1) }
        let coefficients = try Tensor(random: .normal, shape: [4, count], seed: 3).converted(to: .float64)
        let found = try covariance.correlationSeries(
            deviations: Tensor(deviations), coefficients: coefficients
        ).doubles()
        let k = try coefficients.doubles()
        for row in 0..<count {
            for column in 0..<count {
                let ratio = c[row * count + column] / deviations[row] / deviations[column]
                let correlation = min(max(ratio, -1), 1)
                var (power, sum) = (1.0, 0.0)
                for term in 0..<4 {
                    power *= correlation
                    sum += k[term * count + row] * k[term * count + column] * power
                }
                #expect(abs(found[row * count + column] - sum) <= Self.tolerance)
            }
        }
        #expect(throws: TorchError.self) {
            try covariance.correlationSeries(deviations: Tensor([1.0]), coefficients: coefficients)
        }
    }

    @Test("matrices that are not square, not finite or not matrices are errors")
    func invalid() throws {
        expectFailure(mentioning: "square") { try Tensor(repeating: 1, shape: [2, 3]).symmetricEigen() }
        expectFailure(mentioning: "dim") { try Tensor(repeating: 1, shape: [3]).symmetricEigen() }
        for value in [Double.nan, .infinity] {
            expectFailure(mentioning: "finite") {
                try Tensor(repeating: value, shape: [2, 2]).symmetricEigen()
            }
        }
        expectFailure(mentioning: "long") { try Tensor([1, 2, 3, 4], shape: [2, 2]).symmetricEigen() }
    }
}
