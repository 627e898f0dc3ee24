import Checkpoints
import Foundation
import Testing
import Torch

@Suite("Arrays in pickles")
struct NumPyArrayTests {
    @Test("Arrays and scalars are read from every protocol", arguments: [2, 4, 5])
    func arrays(version: Int) throws {
        let bytes = try Fixture.data("arrays.\(version).pkl")
        let (document, end) = try PickleMachine.load(bytes, globals: .numPy, name: "the test")
        #expect(end == bytes.count)
        func array(_ name: String) throws -> NumPyArray {
            try NumPyArray(#require(document.value(of: document.root, at: name)), in: document)
        }
        let matrix = try array("matrix")
        #expect(matrix.shape == [2, 3])
        #expect(matrix.type == .int32)
        #expect(try matrix.tensor().integers() == Array(0..<6))
        let big = try array("big")
        #expect(big.type == .int16)
        #expect(try big.tensor().integers() == [0, 1, 2])
        let scalar = try array("scalar")
        #expect(scalar.shape == [])
        #expect(try scalar.tensor().floats() == [1.5])
        let fortran = try array("fortran")
        #expect(fortran.isFortranOrder)
        #expect(throws: CheckpointError.self) { try fortran.tensor() }
        let empty = try array("empty")
        #expect(empty.shape == [0, 2])
        #expect(try empty.tensor().shape == [0, 2])
    }

    @Test("An array whose bytes do not fit its shape is refused")
    func wrongSize() throws {
        var bytes = try Fixture.data("arrays.5.pkl")
        let shape = try #require(bytes.range(of: Data([0x4B, 2, 0x4B, 3, 0x86])))
        bytes[shape.lowerBound + 1] = 200
        let (document, _) = try PickleMachine.load(bytes, globals: .numPy, name: "the test")
        let value = try #require(document.value(of: document.root, at: "matrix"))
        let error = #expect(throws: CheckpointError.self) { try NumPyArray(value, in: document) }
        #expect(error?.problem == .truncated(what: "a NumPy array", expected: 2400, found: 24))
    }
}
