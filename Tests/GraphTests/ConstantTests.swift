import Graph
import NetworkSupport
import Testing
import Torch

@Suite("Values that follow from constants and lengths")
struct ConstantTests {
    /// Rows of 12 numbers that a layer makes into 6, seen as 2 x 3 by a shape that is computed from their number.
    private struct Computed {
        var graph: Graph
        let weight: ValueID
        let shape: ValueID
        let reshaped: ValueID

        /// - Parameter fixed: A length of the shape; nil computes it as half of the layer's outputs.
        init(fixed: Int? = nil) throws {
            var sketch = try Sketch(input: [4, 12])
            weight = try sketch.parameter("weight", [12, 6])
            let features = try sketch.node("MatMul", "features", [sketch.input, weight])
            let lengths = try sketch.node("Shape", "lengths", [features])
            func length(_ name: String, _ axis: Int) throws -> ValueID {
                try sketch.node("Gather", name, [lengths, sketch.integers(name + ".index", [axis])])
            }
            let (rows, columns) = (try length("rows", 0), try length("columns", 1))
            let two = try sketch.integers("two", [2])
            let half =
                try fixed.map { try sketch.integers("fixed", [$0]) }
                ?? sketch.node("Div", "half", [columns, two])
            shape = try sketch.node("Concat", "shape", [rows, two, half], ["axis": .integer(0)])
            reshaped = try sketch.node("Reshape", "reshaped", [features, shape])
            sketch.finish([reshaped])
            graph = sketch.graph
        }

        func constant(_ id: ValueID) throws -> [Int]? { try graph[id].constant?.integers() }
    }

    @Test("arithmetic on lengths is known, data are not")
    func folding() throws {
        let computed = try Computed()
        #expect(try computed.constant(computed.shape) == [4, 2, 3])
        #expect(computed.graph[computed.reshaped].type.shape == [4, 2, 3])
        #expect(computed.graph[computed.reshaped].constant == nil)
        #expect(computed.graph.value(named: "features").flatMap { computed.graph[$0].constant } == nil)
    }

    @Test("computed lengths follow a parameter that has shrunk")
    func following() throws {
        var computed = try Computed()
        let narrow = try Tensor(random: .normal, shape: [12, 4], seed: 1)
        computed.graph = try computed.graph.replacing(parameters: [computed.weight: narrow])
        #expect(try computed.constant(computed.shape) == [4, 2, 2])
        #expect(computed.graph[computed.reshaped].type.shape == [4, 2, 2])
        try computed.graph.verify()
    }

    @Test("a length that is asked for is written where the arithmetic has it, if nothing else reads that")
    func rewriting() throws {
        var computed = try Computed(fixed: 3)
        let narrow = try Tensor(random: .normal, shape: [12, 4], seed: 1)
        let node = try #require(computed.graph.nodeIDs.last)
        computed.graph = try computed.graph.replacing(
            parameters: [computed.weight: narrow], constants: [node: [1: Tensor([4, 2, 2])]])
        #expect(try computed.constant(computed.shape) == [4, 2, 2])
        // The node still reads the arithmetic, in which one number is another.
        #expect(computed.graph[node].inputs[1] == computed.shape)
        #expect(computed.graph.parameters.map { computed.graph[$0].name }.contains("fixed.resized"))
        try computed.graph.verify()
    }

    @Test("where all that read the arithmetic ask for the same, it is written there")
    func agreeing() throws {
        var computed = try Computed(fixed: 3)
        let node = try #require(computed.graph.nodeIDs.last)
        let other = try computed.graph.addNode(
            try #require(computed.graph[node].op), [computed.graph[node].inputs[0], computed.shape],
            name: "other")
        computed.graph.setOutputs([computed.reshaped] + other)
        let second = try #require(computed.graph.nodeIDs.last)
        let narrow = try Tensor(random: .normal, shape: [12, 4], seed: 1)
        let wanted = try [1: Tensor([4, 2, 2])]
        let changed = try computed.graph.replacing(
            parameters: [computed.weight: narrow], constants: [node: wanted, second: wanted])
        for reader in [node, second] { #expect(changed[reader].inputs[1] == computed.shape) }
        #expect(try changed[computed.shape].constant?.integers() == [4, 2, 2])
    }

    @Test("a length that cannot be written into the arithmetic becomes a stored tensor, for this node alone")
    func storing() throws {
        var computed = try Computed()
        let node = try #require(computed.graph.nodeIDs.last)
        // Something else reads the arithmetic.
        let other = try computed.graph.addNode(
            try #require(computed.graph[node].op), [computed.graph[node].inputs[0], computed.shape],
            name: "other")
        computed.graph.setOutputs([computed.reshaped] + other)
        let changed = try computed.graph.replacing(
            parameters: [:], constants: [node: [1: Tensor([4, 3, 2])]])
        #expect(changed[computed.reshaped].type.shape == [4, 3, 2])
        #expect(changed[other[0]].type.shape == [4, 2, 3])
        let stored = try #require(changed[node].inputs[1])
        #expect(changed[stored].name == "shape.resized")
        #expect(try changed[stored].tensor?.integers() == [4, 3, 2])
    }

    @Test("asking for what is there changes nothing")
    func satisfied() throws {
        let computed = try Computed()
        let node = try #require(computed.graph.nodeIDs.last)
        let same = try computed.graph.replacing(
            parameters: [:], constants: [node: [1: Tensor([4, 2, 3])]])
        #expect(same.isIdentical(to: computed.graph))
    }

    @Test("a number that was computed from lengths and meets data stays what it was trained with")
    func keptNumbers() throws {
        var sketch = try Sketch(input: [3, 8])
        let weight = try sketch.parameter("weight", [8, 16])
        let features = try sketch.node("MatMul", "features", [sketch.input, weight])
        let lengths = try sketch.node("Shape", "lengths", [features])
        let width = try sketch.node("Gather", "width", [lengths, sketch.integers("last", [1])])
        let number = try sketch.node("Cast", "number", [width], ["to": .integer(1)])
        let root = try sketch.node("Sqrt", "root", [number])
        sketch.finish([try sketch.node("Div", "scaled", [features, root])])
        let graph = try sketch.graph.replacing(
            parameters: [weight: Tensor(random: .normal, shape: [8, 4], seed: 2)])
        // The arithmetic says 2 now; what divides the data is 4 still.
        #expect(try graph[root].constant?.doubles() == [2])
        let divisor = try #require(graph.nodes.last?.inputs[1])
        #expect(graph[divisor].name == "root.resized")
        #expect(try graph[divisor].tensor?.doubles() == [4])
        #expect(graph.nodes.last.map { graph[$0.outputs[0]].type.shape } == [3, 4])
    }

    @Test("large values are not followed")
    func size() throws {
        for (length, isKnown) in [(1 << 16, true), (1 << 16 + 1, false)] {
            var sketch = try Sketch(input: [1, 1])
            let list = try sketch.node(
                "Expand", "list", [sketch.integers("one", [1]), sketch.integers("length", [length])])
            sketch.finish([list])
            #expect((sketch.graph[list].constant != nil) == isKnown, "\(length)")
            #expect(sketch.graph[list].type.shape == [length])
        }
    }

    @Test("equality of tensors is that of types, shapes and elements")
    func sameness() throws {
        let tensor = try Tensor([1, 2, 3, 4])
        #expect(try tensor.holdsSame(as: tensor) && tensor.holdsSame(as: Tensor([1, 2, 3, 4])))
        #expect(try !tensor.holdsSame(as: Tensor([1, 2, 3, 5])))
        #expect(try !tensor.holdsSame(as: Tensor([1, 2, 3, 4], shape: [2, 2])))
        #expect(try !tensor.holdsSame(as: tensor.converted(to: .int32)))
    }
}
