import Testing
import Torch

@Suite("Tensor")
struct TensorTests {
    @Test("elements survive the way in and out")
    func elements() throws {
        let tensor = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
        #expect(tensor.shape == [2, 3])
        #expect(tensor.rank == 2)
        #expect(tensor.count == 6)
        #expect(tensor.type == .float32)
        #expect(tensor.device == .cpu)
        #expect(try tensor.floats() == [1, 2, 3, 4, 5, 6])
        #expect(try tensor.doubles() == [1, 2, 3, 4, 5, 6])
        #expect(try tensor.integers() == [1, 2, 3, 4, 5, 6])
        #expect(try tensor.permuted([1, 0]).floats() == [1, 4, 2, 5, 3, 6])
        #expect(try tensor.permuted([1, 0]).bytes() == [1, 4, 2, 5, 3, 6].flatMap(Self.bytes))
    }

    @Test("every Swift element type has its tensor type")
    func elementTypes() throws {
        #expect(try Tensor([1.5] as [Float]).type == .float32)
        #expect(try Tensor([1.5] as [Double]).type == .float64)
        #expect(try Tensor([1] as [Int]).type == .int64)
        #expect(try Tensor([1] as [Int64]).type == .int64)
        #expect(try Tensor([1] as [Int32]).type == .int32)
        #expect(try Tensor([1] as [UInt8]).type == .uint8)
    }

    @Test("empty tensors and scalars work")
    func emptyAndScalar() throws {
        let empty = try Tensor([] as [Float], shape: [2, 0])
        #expect(empty.count == 0)
        #expect(try empty.floats() == [])
        #expect(try empty.bytes() == [])
        let scalar = try Tensor([2.5] as [Double], shape: [])
        #expect(scalar.rank == 0)
        #expect(try scalar.scalar() == 2.5)
        #expect(try Tensor([3]).scalar() == 3)
    }

    @Test("conversion keeps what the type can hold", arguments: DType.allCases)
    func conversion(type: DType) throws {
        let tensor = try Tensor([0, 1, 1] as [Float]).converted(to: type)
        #expect(tensor.type == type)
        #expect(try tensor.doubles() == [0, 1, 1])
        #expect(try tensor.bytes().count == 3 * type.byteCount)
        #expect(type.isFloatingPoint == (try? tensor.requiringGradient()).map { _ in true } ?? false)
    }

    @Test("half-precision types round to nearest")
    func halfPrecision() throws {
        let value = try Tensor([1.0009765625 + 0.0001] as [Float])
        #expect(try value.converted(to: .float16).floats() == [1.0009765625])
        #expect(try value.converted(to: .bfloat16).floats() == [1])
        #expect(try Tensor([-1.75, 1.75] as [Float]).converted(to: .int8).integers() == [-1, 1])
    }

    @Test("bytes make a tensor of any type", arguments: DType.allCases)
    func fromBytes(type: DType) throws {
        let original = try Tensor([0, 1, 1, 0, 1, 1]).converted(to: type).reshaped([3, 2])
        let bytes = try original.bytes()
        let copy = try bytes.withUnsafeBytes { raw in try Tensor(bytes: raw, shape: [3, 2], type: type) }
        #expect(copy.type == type)
        #expect(copy.shape == [3, 2])
        #expect(try copy.doubles() == [0, 1, 1, 0, 1, 1])
    }

    @Test(
        "unsigned integers wrap at their range, keep their type through changes of shape, and give it up in arithmetic"
    )
    func unsigned() throws {
        for (type, period) in [(DType.uint16, 1 << 16), (.uint32, 1 << 32)] {
            let tensor = try Tensor([-1, period - 1, period + 2]).converted(to: type)
            #expect(try tensor.integers() == [period - 1, period - 1, 2])
            let turned = try Tensor.concatenated([tensor.reshaped([3, 1]).permuted([1, 0])], axis: 0)
            #expect(turned.type == type)
            #expect(
                try turned.selecting(axis: 1, [2]).bytes() == [2]
                    + [UInt8](repeating: 0, count: type.byteCount - 1))
            let sum = try tensor.adding(tensor)
            #expect(sum.type != type)
            #expect(try sum.converted(to: type).integers() == [period - 2, period - 2, 4])
        }
        #expect(
            try Tensor([Int.max]).converted(to: .uint64).bytes() == [UInt8](repeating: 255, count: 7) + [127])
        #expect(throws: TorchError.self) { try Tensor([-1]).converted(to: .uint64) }
    }

    @Test("a filled tensor repeats its value", arguments: DType.allCases)
    func filled(type: DType) throws {
        let tensor = try Tensor(repeating: 1, shape: [2, 2], type: type)
        #expect(tensor.type == type)
        #expect(try tensor.doubles() == [1, 1, 1, 1])
    }

    @Test("random elements depend on nothing but seed and shape")
    func random() throws {
        for distribution: Tensor.Distribution in [.uniform, .normal] {
            let first = try Tensor(random: distribution, shape: [1000], seed: 7)
            let again = try Tensor(random: distribution, shape: [1000], seed: 7)
            let other = try Tensor(random: distribution, shape: [1000], seed: 8)
            #expect(try first.floats() == again.floats())
            #expect(try first.floats() != other.floats())
        }
    }

    @Test("random elements follow their distribution", arguments: [1, 2, 3] as [UInt64])
    func moments(seed: UInt64) throws {
        let count = 40_000
        // Five standard errors of the mean and of the variance of the wider distribution.
        let bound = 5 * (2 / Double(count)).squareRoot()
        for (distribution, mean, variance) in [
            (Tensor.Distribution.uniform, 0.5, 1.0 / 12), (.normal, 0, 1),
        ] {
            let values = try Tensor(random: distribution, shape: [count], seed: seed).doubles()
            let average = values.reduce(0, +) / Double(count)
            let spread = values.reduce(0) { $0 + ($1 - average) * ($1 - average) } / Double(count)
            #expect(abs(average - mean) < bound, "seed \(seed)")
            #expect(abs(spread - variance) < bound, "seed \(seed)")
            if case .uniform = distribution { #expect(values.allSatisfy { (0..<1).contains($0) }) }
        }
    }

    @Test("tensors can be shared between tasks")
    func sharing() async throws {
        let tensor = try Tensor(random: .normal, shape: [64, 64], seed: 1)
        let expected = try tensor.matrixMultiplied(by: tensor).floats()
        try await withThrowingTaskGroup(of: [Float].self) { group in
            for _ in 0..<8 { group.addTask { try tensor.matrixMultiplied(by: tensor).floats() } }
            for try await result in group { #expect(result == expected) }
        }
    }

    private static func bytes(_ value: Float) -> [UInt8] {
        withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
    }
}
