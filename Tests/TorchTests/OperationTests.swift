import Testing
import Torch

@Suite("Tensor operations")
struct OperationTests {
    @Test("every operation gives what PyTorch gives", arguments: GoldenOperations.all.keys.sorted())
    func golden(name: String) throws {
        let golden = try #require(try Golden.load().cases[name], "no golden values for \(name)")
        let operation = try #require(GoldenOperations.all[name])
        let inputs = try golden.inputs.map { try $0.tensor() }
        let before = try inputs.map { try $0.doubles() }
        try expect(operation(inputs), equals: golden.expected)
        #expect(try inputs.map { try $0.doubles() } == before, "an operation wrote into its input")
    }

    @Test("every golden case is tested")
    func complete() throws {
        #expect(try Golden.load().cases.keys.sorted() == GoldenOperations.all.keys.sorted())
    }

    @Test("comparisons and logic yield truth values")
    func truthValues() throws {
        let one = try Tensor([1, 2] as [Float])
        for function: Tensor.BinaryFunction in [.equal, .less, .lessOrEqual, .greater, .greaterOrEqual, .and]
        {
            #expect(try one.combined(function, one).type == .bool)
        }
        let odd = try Tensor([1, Float.infinity, .nan, -.infinity])
        try expect(odd.applying(.isFinite), [4], [1, 0, 0, 0])
        #expect(try odd.applying(.isFinite).type == .bool)
        #expect(try !odd.isFinite() && Tensor([] as [Int], shape: [0, 3]).isFinite())
    }

    @Test("any and all reduce truth values")
    func anyAndAll() throws {
        let flags = try Tensor([0, 0, 0, 1, 2, 3] as [Float], shape: [3, 2])
        try expect(flags.reduced(.any, axes: [1]), [3], [0, 1, 1])
        try expect(flags.reduced(.all, axes: [1], keepingAxes: true), [3, 1], [0, 0, 1])
        #expect(try flags.reduced(.any, axes: [1]).type == .bool)
    }

    @Test("no axes at all means every axis", arguments: Tensor.Reduction.allCases)
    func reducedOverNothing(reduction: Tensor.Reduction) throws {
        let tensor = try Tensor([1, 2, 3, 4] as [Double], shape: [2, 2])
        let all = try tensor.reduced(reduction, axes: [0, 1]).doubles()
        let none = try tensor.reduced(reduction, axes: [])
        #expect(none.shape == [])
        #expect(try none.doubles() == all)
    }

    @Test("whole numbers stay whole and divide towards zero or downwards")
    func integers() throws {
        let left = try Tensor([7, -7, 7, -7])
        let right = try Tensor([2, 2, -2, -2])
        try expect(left.combined(.truncatedDivide, right), [4], [3, -3, -3, 3])
        try expect(left.combined(.remainder, right), [4], [1, -1, 1, -1])
        try expect(left.combined(.floorModulo, right), [4], [1, 1, -1, -1])
        #expect(try left.combined(.truncatedDivide, right).type == .int64)
        try expect(left.adding(right), [4], [9, -5, 5, -9])
        try expect(left.subtracting(right), [4], [5, -9, 9, -5])
        try expect(left.multiplied(by: right), [4], [14, -14, -14, 14])
        try expect(Tensor([6, 9]).divided(by: Tensor([4, 2])), [2], [1.5, 4.5])
    }

    @Test(
        "the smallest integer over -1 wraps instead of trapping",
        arguments: [DType.int64, .int32, .int16, .int8])
    func smallestInteger(type: DType) throws {
        let smallest = try Tensor([Int.min >> (64 - 8 * type.byteCount), 6, 5]).converted(to: type)
        let divisor = try Tensor([-1, -1, 3]).converted(to: type)
        #expect(
            try smallest.combined(.truncatedDivide, divisor).integers() == [smallest.integers()[0], -6, 1])
        #expect(try smallest.combined(.remainder, divisor).integers() == [0, 0, 2])
        #expect(try smallest.combined(.floorModulo, divisor).integers() == [0, 0, 2])
    }

    @Test("class indices of any integer type are accepted")
    func targetTypes() throws {
        let logits = try Tensor([1, 2, 3, 4] as [Double], shape: [2, 2])
        let expected = try logits.crossEntropy(targets: Tensor([1, 0])).scalar()
        #expect(try logits.crossEntropy(targets: Tensor([1, 0] as [UInt8])).scalar() == expected)
        #expect(try logits.crossEntropy(targets: Tensor([1, 0] as [Int32])).scalar() == expected)
    }
}
