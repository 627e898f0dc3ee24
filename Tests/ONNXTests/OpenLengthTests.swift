import Foundation
import Graph
import ONNX
import Testing
import Torch

@Suite("Lengths that a file leaves open")
struct OpenLengthTests {
    private static func shape(_ model: ONNXModel, _ name: String = "x") -> [Int]? {
        model.graph.value(named: name).map { model.graph[$0].type.shape }
    }

    /// Convolutions that make an eighth of each length, and a fully connected layer behind.
    private static func classifier(_ axes: [ModelSketch.Axis]?, features: Int) throws -> ModelSketch {
        var sketch = ModelSketch()
        sketch.input("x", axes)
        try sketch.weight("w", [4, 3, 3, 3])
        try sketch.weight("v", [5, 4, 4, 4])
        try sketch.weight("fc", [2, features])
        sketch.node(
            "Conv", ["x", "w"], ["a"],
            ["kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]])
        sketch.node("Conv", ["a", "v"], ["b"], ["kernel_shape": [4, 4], "strides": [4, 4]])
        sketch.node("Flatten", ["b"], ["c"])
        sketch.node("Gemm", ["c", "fc"], ["y"], ["transB": [1]])
        sketch.output("y")
        return sketch
    }

    @Test(
        "flattened features that meet a fixed weight say how large the images are",
        arguments: [
            (5 * 28 * 28, [1, 3, 224, 224]), (5 * 14 * 14, [1, 3, 112, 112]), (5 * 9, [1, 3, 24, 24]),
        ])
    func features(count: Int, expected: [Int]) throws {
        let model = try Self.classifier(["n", 3, "height", "width"], features: count).model()
        #expect(Self.shape(model) == expected)
        #expect(model.assumptions.map(\.axis) == [0, 2, 3])
        #expect(model.assumptions[1].description.contains("axis 2 (height) of input x, taken as"))
    }

    @Test("-1, 0, a question mark and nothing are open", arguments: 0..<4)
    func placeholders(index: Int) throws {
        let axes: [[ModelSketch.Axis]?] = [[-1, 3, -1, -1], [0, 3, 0, 0], ["?", 3, "?", "?"], nil]
        let sketch = try Self.classifier(axes[index], features: 5 * 28 * 28)
        let model = try sketch.model()
        #expect(Self.shape(model) == [1, 3, 224, 224])
        #expect(model.isBatchOpen == (index < 3))
        // They stay as they were declared.
        let written = try ONNXMessages.parsed(model.data(of: model.graph))
        #expect(written.graph.input == sketch.messages.graph.input)
        // One name for two axes does not mean that they are equal where it is no name.
        let sized = try sketch.model(inputShapes: ["x": [2, 3, 448, 112]])
        #expect(Self.shape(sized) == [2, 3, 448, 112])
    }

    @Test("single lengths are asked for by place or by name")
    func requests() throws {
        var sketch = ModelSketch()
        sketch.input("x", ["n", 3, "height", "width"])
        try sketch.weight("w", [4, 3, 3, 3])
        sketch.node("Conv", ["x", "w"], ["y"], ["kernel_shape": [3, 3]])
        sketch.output("y")
        #expect(Self.shape(try sketch.model()) == [1, 3, 224, 224])
        let placed = try sketch.model(inputShapes: ["x": [nil, 3, nil, 64]])
        #expect(Self.shape(placed) == [1, 3, 224, 64])
        #expect(placed.assumptions.map(\.symbol) == ["n", "height"])
        let named = try sketch.model(inputShapes: ["height": [40], "": [4, nil, nil, nil]])
        #expect(Self.shape(named) == [4, 3, 40, 224])
        for (shapes, words) in [
            (["depth": [4]], "no input named depth"), (["x": [nil, 4, nil, nil]], "axis 1"),
            (["x": [nil, 3, 8, nil], "height": [9]], "height"), (["x": [3]], "4 axes"),
        ] as [([String: [Int?]], String)] {
            let error = #expect(throws: ONNXError.self) { try sketch.model(inputShapes: shapes) }
            #expect(error?.message.contains(words) == true, "\(String(describing: error))")
        }
    }

    @Test("metadata name the size of the images")
    func metadata() throws {
        var sketch = try Self.classifier(["n", 3, "height", "width"], features: 5 * 12 * 20)
        var entry = Onnx_StringStringEntryProto()
        (entry.key, entry.value) = ("imgsz", "[96, 160]")
        sketch.messages.metadataProps = [entry]
        #expect(Self.shape(try sketch.model()) == [1, 3, 96, 160])
        sketch.messages.metadataProps[0].value = "[0, 99999999999999999999]"
        #expect(Self.shape(try sketch.model()) != [1, 3, 96, 160])
    }

    @Test("windows and squeezed axes ask for the height of a line of text")
    func windows() throws {
        var sketch = ModelSketch()
        sketch.input("x", ["n", 3, "?", "width"])
        try sketch.weight("w", [4, 3, 3, 3])
        try sketch.weight("fc", [4, 7])
        sketch.node("Conv", ["x", "w"], ["a"], ["strides": [16, 4], "pads": [1, 1, 1, 1]])
        sketch.node("AveragePool", ["a"], ["b"], ["kernel_shape": [3, 2], "strides": [3, 2]])
        try sketch.integers("two", [2])
        sketch.node("Squeeze", ["b", "two"], ["c"])
        sketch.node("Transpose", ["c"], ["d"], ["perm": [0, 2, 1]])
        sketch.node("MatMul", ["d", "fc"], ["y"])
        sketch.output("y")
        #expect(Self.shape(try sketch.model()) == [1, 3, 48, 320])
    }

    @Test("tokens, samples and states")
    func sequences() throws {
        var text = ModelSketch()
        text.input("ids", ["batch", "sequence"], element: 7)
        try text.weight("table", [30, 8])
        text.node("Gather", ["table", "ids"], ["y"])
        text.output("y")
        #expect(Self.shape(try text.model(), "ids") == [1, 128])

        // A state of one sequence only fits where one comes in.
        var state = ModelSketch()
        state.input("x", ["length", "n", 3])
        state.input("h", [1, 2, 4])
        for (name, shape) in [("w", [1, 16, 3]), ("r", [1, 16, 4])] { try state.weight(name, shape) }
        state.node("LSTM", ["x", "w", "r", "", "", "h"], ["y"], ["hidden_size": [4]])
        state.output("y")
        #expect(Self.shape(try state.model())?[1] == 2)

        // Lengths that are sums of others follow them.
        var sums = ModelSketch()
        sums.input("past", ["batch", 12, "past", 64])
        sums.input("now", ["batch", 12, "now", 64])
        sums.input("all", ["batch", 12, "past + now", 64])
        sums.node("Concat", ["past", "now"], ["joined"], ["axis": [2]])
        sums.node("Add", ["joined", "all"], ["y"])
        sums.output("y")
        let shape = Self.shape(try sums.model(), "all")
        #expect(shape == [1, 12, 256, 64])
    }

    @Test("what fits at no length is an error that says so, after few trials")
    func misfits() throws {
        let start = ContinuousClock.now
        let sketch = try Self.classifier(["n", 3, "height", "width"], features: 7)
        let error = #expect(throws: ONNXError.self) { try sketch.model() }
        #expect(error?.message.contains("open length") == true, "\(String(describing: error))")
        #expect(ContinuousClock.now - start < .seconds(20))
        // An error that is no matter of lengths is found at once.
        var broken = ModelSketch()
        broken.input("x", ["n", "m"])
        broken.node("Relu", ["nothing"], ["y"])
        broken.output("y")
        let first = #expect(throws: ONNXError.self) { try broken.model() }
        #expect(first?.message.contains("no earlier node computes") == true)
    }
}
