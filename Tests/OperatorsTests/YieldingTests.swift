import Graph
import Operators
import Testing
import Torch

@Suite("What stored numbers must be for others to follow from them")
struct YieldingTests {
    @Test(
        "of one that only passes them on",
        arguments: [
            ("Identity", [:], [2], [2]), ("Unsqueeze", ["axes": .integers([0])], [], [1]),
            ("Squeeze", ["axes": .integers([0])], [1], []),
        ] as [(String, Attributes, [Int], [Int])])
    func passing(type: String, attributes: Attributes, input: [Int], output: [Int]) throws {
        let op = try OperatorRegistry.make(type, attributes: attributes, inputCount: 1, operatorSet: 11)
        let wanted = try Tensor((0..<output.reduce(1, *)).map { $0 + 7 }, shape: output)
        let inputs = OperatorInputs(types: [TensorType(.int64, input)])
        let found = try #require(try op.constants(yielding: wanted, inputs)?[0])
        #expect(found.shape == input)
        var context = EvaluationContext()
        #expect(try op.evaluate([found], in: &context)[0].integers() == wanted.integers())
    }
}
