import Graph
import Testing
import Torch

@Suite("How large a value may be")
struct MemoryLimitTests {
    /// Claims to make values of a shape, and makes none.
    private struct Maker: Operator {
        static let type = "Maker"
        var shape: [Int] = []
        init(_ shape: [Int]) { self.shape = shape }
        init(attributes: Attributes, signature: OperatorSignature) throws {}
        var attributes: Attributes { [:] }
        func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] { [TensorType(.float32, shape)] }
        func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
            throw GraphError("it was asked for")
        }
    }

    @Test(
        "a node that would make an absurdly large value is not run",
        arguments: [
            ([2, 3], "it was asked for"), ([1_000_000_000_000, 1, 3], "[1000000000000, 1, 3] is too large"),
            ([.max, .max], "is too large"), ([0, .max], "it was asked for"),
        ] as [([Int], String)])
    func nodes(shape: [Int], message: String) throws {
        let op = Maker(shape)
        var context = EvaluationContext()
        let error = #expect(throws: GraphError.self) {
            try op.results([], op.inferredTypes(OperatorInputs(types: [])), in: &context)
        }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
}
