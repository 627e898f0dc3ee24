import Graph
import Testing
import Torch

@Suite("What becomes of axes")
struct AxisChangeTests {
    private let types = OperatorInputs(types: [TensorType(.float32, [6]), TensorType(.float32, [3])])

    private func change(_ kept: [AxisReference: [Int]]) -> AxisChange {
        AxisChange(inputs: types, outputs: [TensorType(.float32, [6])], kept: kept)
    }

    @Test("lengths are those of the lanes that are left, or as before")
    func lengths() throws {
        let change = change([.input(0, 0): [1, 4]])
        #expect(try change.lengthAfter(.input(0, 0)) == 2)
        #expect(try change.lengthAfter(.input(1, 0)) == 3)
        #expect(throws: GraphError.self) { try change.lengthBefore(.input(1, 1)) }
        #expect(throws: GraphError.self) { try change.lengthBefore(.output(1, 0)) }
    }

    @Test("what lanes read has moved with the lanes that were removed before it")
    func removal() throws {
        let change = change([.output(0, 0): [0, 2, 5], .input(1, 0): [0, 2]])
        #expect(try change.places(of: [5, 1, 0], readBy: .input(1, 0), on: .output(0, 0)) == [2, 0])
        #expect(try change.places(of: [1, 2, 3], readBy: .input(1, 0), on: .input(0, 0)) == [1, 2, 3])
    }

    @Test("repeated lanes read the repetitions in turn")
    func repetition() throws {
        let lanes = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
        let change = change([.output(0, 0): lanes, .input(1, 0): [0, 0, 1, 2, 2]])
        #expect(
            try change.places(of: [5, 1, 0], readBy: .input(1, 0), on: .output(0, 0)) == [10, 11, 2, 0, 1])
    }

    @Test("a lane that stays without what it reads is an error")
    func dangling() {
        let change = change([.output(0, 0): [0, 2]])
        #expect(throws: GraphError.self) {
            try change.places(of: [5, 1, 0], readBy: .input(1, 0), on: .output(0, 0))
        }
    }
}
