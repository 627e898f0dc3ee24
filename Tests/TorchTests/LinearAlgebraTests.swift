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

    @Test("a multiple of a product is added as it is when taken by itself; shapes that do not fit are errors")
    func addedProduct() throws {
        let sum = try Tensor(random: .normal, shape: [3, 4], seed: 1).converted(to: .float64)
        let left = try Tensor(random: .normal, shape: [5, 3], seed: 2).converted(to: .float64)
        let right = try Tensor(random: .normal, shape: [5, 4], seed: 3).converted(to: .float64)
        let found = try sum.adding(-2.5, productOf: left.permuted([1, 0]), and: right).doubles()
        let (a, b, c) = (try left.doubles(), try right.doubles(), try sum.doubles())
        for row in 0..<3 {
            for column in 0..<4 {
                let product = (0..<5).reduce(0) { $0 + a[$1 * 3 + row] * b[$1 * 4 + column] }
                #expect(
                    abs(found[row * 4 + column] - (c[row * 4 + column] - 2.5 * product)) <= Self.tolerance)
            }
        }
        #expect(throws: TorchError.self) { try sum.adding(1, productOf: left, and: right) }
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
