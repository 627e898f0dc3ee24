import Graph
import ONNX
import Testing
import Torch

@Suite("Nodes with graphs of their own")
struct ControlFlowTests {
    @Test("choices, loops, scans and sequences compute what ONNX Runtime does")
    func goldens() throws {
        let golden = try Fixture.golden("control")
        let graph = try Fixture.model("control").graph
        let outputs = try Fixture.outputs(of: graph, on: golden)
        #expect(outputs.count == golden.outputs.count && outputs.count == 8)
        for (key, expected) in golden.outputs {
            #expect(
                try distance(#require(outputs[key]), expected.tensor) < Fixture.runtimeTolerance, "\(key)")
        }
    }

    @Test("a choice follows the data, and so does the shape of what it makes")
    func choice() throws {
        let graph = try Fixture.model("control").graph
        let target = try #require(graph.value(named: "chosen"))
        let executor = try Executor(graph)
        for (level, shape) in [(1.0, [2, 4]), (-1.0, [4, 4])] {
            let input = try Tensor(repeating: level, shape: [2, 4])
            let chosen = try #require(try executor.compute([target], from: [graph.inputs[0]: input])[target])
            #expect(chosen.shape == shape)
            #expect(try Set(chosen.floats()) == [level > 0 ? 2 : -1])
        }
    }

    @Test("what is not pruned is written as it was read")
    func written() throws {
        let model = try Fixture.model("control")
        let written = try ONNXModel(model.data(of: model.graph)).graph
        let input = try Tensor(random: .normal, shape: [2, 4], seed: 3)
        let (first, second) = (try Executor(model.graph).run([input]), try Executor(written).run([input]))
        for (one, other) in zip(first, second) { #expect(try one.holdsSame(as: other)) }
    }

    @Test(
        "a loop without end, or without bounds, is an error",
        arguments: [("endless", "does not end"), ("doubling", "GiB")])
    func bounds(name: String, message: String) throws {
        let graph = try Fixture.model(name).graph
        let error = #expect(throws: GraphError.self) {
            try Executor(graph).run([Tensor(repeating: 1, shape: [2, 4])])
        }
        #expect(error?.node == "loop" && error?.message.contains(message) == true)
    }

    @Test("a sequence that a network hands out is refused by its name")
    func sequence() throws {
        var sketch = ModelSketch()
        sketch.input("x", [2, 4])
        sketch.node("SequenceConstruct", ["x", "x"], ["pair"])
        sketch.node("SequenceLength", ["pair"], ["count"])
        sketch.output("count")
        let input = try Tensor(random: .normal, shape: [2, 4], seed: 3)
        #expect(try Executor(sketch.model().graph).run([input])[0].integers() == [2])
        sketch.output("pair")
        let graph = try sketch.model().graph
        let error = #expect(throws: GraphError.self) { try Executor(graph).run([input]) }
        #expect(error?.message.contains("pair") == true && error?.message.contains("sequence") == true)
    }
}
