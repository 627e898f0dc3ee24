import Coupling
import Graph
import NetworkSupport
import Testing
import Torch

/// An operator about which nothing is known.
private struct Opaque: Operator {
    static let type = "Opaque"

    init() {}
    init(attributes: Attributes, signature: OperatorSignature) {}

    var attributes: Attributes { [:] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] { [try inputs.type(0)] }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        inputs.compactMap { $0 }
    }
}

@Suite("Channels that must stay")
struct FrozenTests {
    @Test("an operator that says nothing freezes what it touches, and is named")
    func unknownOperator() throws {
        var sketch = try Sketch(input: [1, 2, 4, 4])
        let before = try sketch.convolution("a", sketch.input, outputs: 4)
        let opaque = try sketch.node(Opaque(), "mystery", [before])
        try sketch.classifier(sketch.convolution("b", opaque, outputs: 5))
        let coupling = try Coupling(sketch.graph)
        #expect(
            coupling.found == [
                GroupExpectation(5, producers: ["b"], biases: ["b"], consumers: ["classifier"])
            ])
        for (name, axis) in [("a.weight", 0), ("b.weight", 1)] {
            let reason = try #require(coupling.reason(name, axis: axis))
            #expect(reason.contains("mystery") && reason.contains("Opaque"), "\(reason)")
        }
    }

    @Test("operators that need all channels freeze them", arguments: ["Softmax", "LogSoftmax"])
    func mixing(type: String) throws {
        var sketch = try Sketch(input: [1, 2, 4, 4])
        let before = try sketch.convolution("a", sketch.input, outputs: 4)
        let mixed = try sketch.node(type, "mix", [before], ["axis": .integer(1)])
        try sketch.classifier(sketch.convolution("b", mixed, outputs: 5))
        let coupling = try Coupling(sketch.graph)
        #expect(coupling.groups.map(\.width) == [5])
        #expect(coupling.reason("a.weight", axis: 0)?.contains("mix (\(type))") == true)
    }

    @Test("channels that reach an output or an input stay, whatever else uses them")
    func ends() throws {
        var sketch = try Sketch(input: [1, 2, 4, 4])
        let features = try sketch.convolution("a", sketch.input, outputs: 2)
        let sum = try sketch.node("Add", "add", [features, sketch.input])
        let later = try sketch.convolution("b", sum, outputs: 3)
        let last = try sketch.convolution("c", later, outputs: 4)
        sketch.finish([last, later])
        let coupling = try Coupling(sketch.graph)
        #expect(coupling.groups.isEmpty)
        #expect(coupling.reason("a.weight", axis: 0)?.contains("\"input\", an input") == true)
        #expect(coupling.reason("b.weight", axis: 0)?.contains("\"b\", an output") == true)
        #expect(coupling.reason("c.weight", axis: 0)?.contains("\"c\", an output") == true)
        let error = #expect(throws: CouplingError.self) { try coupling.group(0) }
        #expect(error?.description.contains("has none") == true)
    }

    @Test("a reshape that cuts through channels freezes them")
    func reshapeThroughChannels() throws {
        var sketch = try Sketch(input: [1, 2, 4, 4])
        let features = try sketch.convolution("a", sketch.input, outputs: 6)
        // 6 x 4 x 4 to 4 x 6 x 4: no channel stays in one piece.
        let shape = try sketch.integers("shape", [1, 4, 6, 4])
        let reshaped = try sketch.node("Reshape", "reshape", [features, shape])
        try sketch.classifier(sketch.convolution("b", reshaped, outputs: 3))
        let coupling = try Coupling(sketch.graph)
        #expect(coupling.groups.map(\.width) == [3])
        #expect(coupling.reason("a.weight", axis: 0)?.contains("reshape (Reshape)") == true)
        #expect(coupling.reason("b.weight", axis: 1)?.contains("reshape (Reshape)") == true)
    }

    @Test("channels that only constants make are not a group")
    func noProducer() throws {
        var sketch = try Sketch(input: [1, 2, 4, 4])
        let constant = try sketch.parameter("constant", [1, 4, 4, 4])
        let active = try sketch.node("Relu", "relu", [constant])
        let first = try sketch.convolution("a", active, outputs: 3)
        try sketch.classifier(
            sketch.node("Add", "add", [first, sketch.convolution("b", sketch.input, outputs: 3)]))
        let coupling = try Coupling(sketch.graph)
        #expect(coupling.groups.map(\.width) == [3])
        #expect(coupling.reason("a.weight", axis: 1) != nil)
    }

    /// Merged producers are averaged and merged consumers summed: one weight cannot be both.
    @Test("a weight that produces and consumes the same channels freezes them")
    func tiedWeight() throws {
        var sketch = try Sketch(input: [1, 5])
        let weight = try sketch.parameter("tied", [7, 5])
        let encoded = try sketch.node("Gemm", "encode", [sketch.input, weight], ["transB": .integer(1)])
        let active = try sketch.node("Relu", "relu", [encoded])
        sketch.finish([try sketch.node("Gemm", "decode", [active, weight])])
        let coupling = try Coupling(sketch.graph)
        #expect(coupling.groups.isEmpty)
        #expect(coupling.reason("tied", axis: 0)?.contains("tied") == true)
    }

    @Test("axes of an absurd length are an error that names the value")
    func absurdShapes() throws {
        for shape in [[1, 1 << 40], [1, 1 << 27, 1 << 27, 1 << 27], [.max, .max]] {
            var graph = Graph(name: "absurd")
            let input = try graph.addInput("colossus", TensorType(.float32, shape))
            graph.setOutputs([input])
            let error = #expect(throws: CouplingError.self, "\(shape)") { try Coupling(graph) }
            #expect(error?.description.contains("colossus") == true)
        }
    }

    @Test(
        "the index of a group that is not there is an error that says which there are",
        arguments: [-1, 2, .max])
    func index(_ index: Int) throws {
        var sketch = try Sketch(input: [1, 2, 4, 4])
        let first = try sketch.convolution("a", sketch.input, outputs: 3)
        try sketch.classifier(sketch.convolution("b", first, outputs: 3))
        let coupling = try Coupling(sketch.graph)
        #expect(try coupling.group(1).members.contains { $0.name == "a.weight" })
        let error = #expect(throws: CouplingError.self) { try coupling.group(index) }
        #expect(error?.description.contains("0 to 1") == true)
    }
}
