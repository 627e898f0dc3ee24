import Compression
import Evaluation
import Graph
import Operators
import Pruning
import Testing
import Torch

@Suite("Inputs that are made up for a comparison")
struct FidelityInputsTests {
    /// A perceptron of x `[1, 4]`, plus what a Reshape to a fixed shape makes of a second input.
    private func network(second: [Int], shape: [Int]) throws -> Graph {
        var graph = Graph(name: "test")
        let x = try graph.addInput("x", TensorType(.float32, [1, 4]))
        let state = try graph.addInput("state", TensorType(.float32, second))
        func node(_ type: String, _ inputs: [ValueID], _ attributes: Attributes = [:]) throws -> ValueID {
            let op = try OperatorRegistry.make(type, attributes: attributes, inputCount: inputs.count)
            return try graph.addNode(op, inputs, name: graph.freshName(type))[0]
        }
        let first = try graph.addParameter("first", Tensor(random: .normal, shape: [4, 16], seed: 1))
        let last = try graph.addParameter("last", Tensor(random: .normal, shape: [16, 3], seed: 2))
        let fixed = try graph.addParameter("fixed", Tensor(shape))
        let hidden = try node("Relu", [node("MatMul", [x, first])])
        let added = try node("ReduceSum", [node("Reshape", [state, fixed])], ["keepdims": .integer(0)])
        graph.setOutputs([try node("Add", [node("MatMul", [hidden, last]), added])])
        return graph
    }

    @Test("are runs at the traced lengths where not all first axes count samples")
    func states() throws {
        let pruner = try Pruner(
            network(second: [2, 1, 3], shape: [2, 3]),
            options: PruningOptions(effort: .minimal, sparsity: Sparsity(0.5)))
        let judgement = try #require(try pruner.fidelity(of: pruner.run()))
        #expect(judgement.fidelity.outputs.count == 1)
    }

    @Test(
        "are single samples where shapes inside are those of one",
        arguments: [([2, 3], false), ([-1, 3], true)])
    func samples(shape: [Int], takesSeveral: Bool) throws {
        #expect(try network(second: [1, 6], shape: shape).takesSeveralSamples() == takesSeveral)
    }
}
