import Graph
import NetworkSupport
import Testing
import Torch

@Suite("Edits of graphs")
struct EditingTests {
    /// input -> MatMul by "first" -> Relu -> MatMul by "second" -> output.
    private func chain() throws -> (graph: Graph, first: ValueID, second: ValueID, nodes: [NodeID]) {
        var sketch = try Sketch(input: [2, 3])
        let (first, second) = (
            try sketch.parameter("first", [3, 5]), try sketch.parameter("second", [5, 4])
        )
        let hidden = try sketch.node("MatMul", "hidden", [sketch.input, first])
        let active = try sketch.node("Relu", "active", [hidden])
        sketch.finish([try sketch.node("MatMul", "result", [active, second])])
        return (sketch.graph, first, second, sketch.graph.nodeIDs)
    }

    @Test("other tensors change the types behind them, and the original is left alone")
    func replacing() throws {
        let (graph, first, second, _) = try chain()
        let narrow = try graph.replacing(parameters: [
            first: Tensor(random: .normal, shape: [3, 2], seed: 1),
            second: Tensor(random: .normal, shape: [2, 4], seed: 2),
        ])
        try narrow.verify()
        #expect(narrow.value(named: "active").map { narrow[$0].type.shape } == [2, 2])
        #expect(graph.value(named: "active").map { graph[$0].type.shape } == [2, 5])
    }

    @Test("tensors that do not fit are an error that names the node")
    func misfit() throws {
        let (graph, first, _, _) = try chain()
        let error = #expect(throws: GraphError.self) {
            try graph.replacing(parameters: [first: Tensor(random: .normal, shape: [3, 2], seed: 1)])
        }
        #expect(error?.node == "result")
    }

    @Test("what is no parameter cannot be replaced")
    func noParameter() throws {
        let (graph, first, _, _) = try chain()
        let error = #expect(throws: GraphError.self) {
            try graph.replacing(parameters: [graph.inputs[0]: #require(graph[first].tensor)])
        }
        #expect(error?.message == "input is not a parameter")
    }

    @Test("users of a removed node get what stands in for it, and what nothing uses goes")
    func removing() throws {
        let (graph, _, _, nodes) = try chain()
        let hidden = try #require(graph.value(named: "hidden"))
        let linear = try graph.removing([nodes[1]: hidden])
        #expect(linear.nodes.map(\.type) == ["MatMul", "MatMul"])
        #expect(linear.value(named: "active") == nil)
        let cut = try graph.removing([nodes[2]: hidden, nodes[1]: hidden])
        #expect(cut.nodes.map(\.type) == ["MatMul"])
        #expect(cut.parameters.map { cut[$0].name } == ["first"])
        #expect(cut.outputs.map { cut[$0].name } == ["hidden"])
    }

    @Test("a removed node may stand in for another one")
    func chained() throws {
        let (graph, _, _, nodes) = try chain()
        let hidden = try #require(graph.value(named: "hidden"))
        let active = try #require(graph.value(named: "active"))
        let cut = try graph.removing([nodes[2]: active, nodes[1]: hidden])
        #expect(cut.outputs.map { cut[$0].name } == ["hidden"])
    }

    @Test("connecting an input lengthens the list")
    func connecting() throws {
        var (graph, _, second, nodes) = try chain()
        graph.setInput(3, of: nodes[1], to: second)
        #expect(graph[nodes[1]].inputs.count == 4)
        #expect(graph[nodes[1]].inputs[1...] == [nil, nil, second])
    }

    @Test("a graph that uses a value before it is made, or has no output, is not valid")
    func verifying() throws {
        let (graph, _, _, nodes) = try chain()
        try graph.verify()
        var early = graph
        early.setInput(0, of: nodes[0], to: try #require(graph.value(named: "result")))
        let error = #expect(throws: GraphError.self) { try early.verify() }
        #expect(error?.message == "uses result before it is computed" && error?.node == "hidden")
        var without = graph
        without.setOutputs([])
        #expect(throws: GraphError.self) { try without.verify() }
        // A square weight in place of another one: the declared types are no longer those that follow.
        var other = graph
        other.setInput(
            1, of: nodes[2],
            to: try other.addParameter("wide", Tensor(random: .normal, shape: [5, 9], seed: 1)))
        let mismatch = #expect(throws: GraphError.self) { try other.verify() }
        #expect(mismatch?.message.contains("result is declared") == true)
    }

    @Test("two values cannot have one name")
    func names() throws {
        var (graph, first, _, _) = try chain()
        let tensor = try #require(graph[first].tensor)
        let error = #expect(throws: GraphError.self) { try graph.addParameter("hidden", tensor) }
        #expect(error?.message == "two values are named hidden")
        #expect(graph.freshName("hidden") != "hidden")
    }
}
