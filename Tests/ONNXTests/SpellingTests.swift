import Coupling
import Foundation
import Graph
import ONNX
import Testing
import Torch

/// Networks as other exporters spell them.
@Suite("Weights that are computed, choices at run time, means and states spelled out")
struct SpellingTests {
    private static let tolerance = 1e-5

    /// Prunes the group that a parameter produces, and checks that the written file computes what the old network does without
    /// those channels.
    private func check(_ model: ONNXModel, producer: String, kept: [Int], _ inputs: [Tensor]) throws
        -> Onnx_ModelProto
    {
        let coupling = try Coupling(model.graph)
        let group = try Deletion.group(producing: producer, coupling)
        let small = try Deletion.keeping(kept, of: group, in: model.graph, coupling)
        let expected = try Executor(Deletion.ignoring(kept, of: group, in: model.graph)).run(inputs)
        let bytes = try model.data(of: small)
        let shapes = zip(model.graph.inputs, inputs).map {
            (model.graph[$0].name, $1.shape.map { Optional($0) })
        }
        let again = try ONNXModel(bytes, inputShapes: Dictionary(shapes) { $1 })
        let found = try Executor(again.graph).run(inputs)
        for (one, other) in zip(found, expected) { #expect(try distance(one, other) < Self.tolerance) }
        return try ONNXMessages.parsed(bytes)
    }

    @Test(
        "a weight that is computed from others is stored in their place, and an untouched file is written as it was"
    )
    func weightNorm() throws {
        var sketch = ModelSketch()
        sketch.input("x", [1, 3, 6, 6])
        for (name, shape) in [("v", [64, 3, 3, 3]), ("g", [64, 1, 1, 1]), ("u", [2, 64, 1, 1])] {
            try sketch.weight(name, shape)
        }
        sketch.node("ReduceL2", ["v"], ["n"], ["axes": [1, 2, 3]])
        sketch.node("Div", ["v", "n"], ["unit"])
        sketch.node("Mul", ["unit", "g"], ["w"])
        sketch.node("Conv", ["x", "w"], ["a"])
        sketch.node("Relu", ["a"], ["b"])
        sketch.node("Conv", ["b", "u"], ["y"])
        sketch.output("y")
        let model = try sketch.model()
        #expect(model.graph.nodes.map(\.type) == ["Conv", "Relu", "Conv"])
        #expect(model.graph.parameterCount == 64 * 27 + 2 * 64)
        #expect(try ONNXMessages.parsed(model.data(of: model.graph)) == sketch.messages)
        let written = try check(
            model, producer: "w", kept: Array(0..<40),
            [Tensor(random: .normal, shape: [1, 3, 6, 6], seed: 1)])
        #expect(written.graph.initializer.map(\.name).sorted() == ["u", "w"])
        #expect(written.graph.node.map(\.opType) == ["Conv", "Relu", "Conv"])
    }

    @Test("a weight that others read too stays, and so do quantised ones")
    func sharedWeights() throws {
        var sketch = ModelSketch()
        sketch.input("ids", [1, 5], element: 7)
        try sketch.weight("table", [3000, 8])
        sketch.node("Gather", ["table", "ids"], ["a"])
        sketch.node("Transpose", ["table"], ["turned"], ["perm": [1, 0]])
        sketch.node("MatMul", ["a", "turned"], ["y"])
        sketch.output("y")
        let model = try sketch.model()
        #expect(model.graph.nodes.map(\.type) == ["Gather", "Transpose", "MatMul"])
        #expect(model.graph.parameterCount == 24000)
    }

    /// Two small networks of which a flag chooses one.
    private func choosing(_ element: Int32 = 9) throws -> ModelSketch {
        var sketch = ModelSketch()
        sketch.input("flag", [], element: element)
        sketch.input("x", ["n", 4])
        try sketch.weight("shared", [8, 4])
        sketch.node("Gemm", ["x", "shared"], ["h"], ["transB": [1]])
        var branches: [Onnx_AttributeProto] = []
        for (name, width) in [("then_branch", 6), ("else_branch", 5)] {
            var body = Onnx_GraphProto()
            body.name = name
            var inner = ModelSketch()
            try inner.weight("first", [width, 8])
            try inner.weight("second", [8, width])
            inner.node("Gemm", ["h", "first"], ["a"], ["transB": [1]])
            inner.node("Relu", ["a"], ["b"])
            inner.node("Gemm", ["b", "second"], ["c"], ["transB": [1]])
            (body.node, body.initializer) = (inner.messages.graph.node, inner.messages.graph.initializer)
            body.output = [ModelSketch.value("c", nil)]
            var attribute = Onnx_AttributeProto()
            (attribute.name, attribute.type, attribute.g) = (name, .graph, body)
            branches.append(attribute)
        }
        sketch.node("If", ["flag"], ["chosen"])
        sketch.messages.graph.node[1].attribute = branches
        try sketch.weight("last", [3, 8])
        sketch.node("Gemm", ["chosen", "last"], ["y"], ["transB": [1]])
        sketch.output("y")
        return sketch
    }

    @Test(
        "both branches of a choice are part of the network, and are an If again in the file",
        arguments: [0, 1])
    func choice(flag: Int) throws {
        let sketch = try choosing()
        let model = try sketch.model()
        #expect(!model.graph.nodes.contains { $0.op is OpaqueOperator })
        #expect(try ONNXMessages.parsed(model.data(of: model.graph)) == sketch.messages)
        let inputs = try [
            Tensor([flag], shape: []).converted(to: .bool), Tensor(random: .normal, shape: [1, 4], seed: 3),
        ]
        for (producer, kept) in [("first", [0, 2, 5]), ("first.1", [1, 4]), ("shared", [0, 3, 4, 7])] {
            let written = try check(model, producer: producer, kept: kept, inputs)
            let choice = try #require(written.graph.node.first { $0.opType == "If" })
            #expect(choice.domain.isEmpty && choice.input == ["flag"] && choice.output == ["chosen"])
            #expect(choice.attribute.map(\.name) == ["then_branch", "else_branch"])
            #expect(
                choice.attribute.map { $0.g.node.map(\.opType) } == [
                    ["Gemm", "Relu", "Gemm"], ["Gemm", "Relu", "Gemm"],
                ])
            #expect(written.graph.node.map(\.opType) == ["Gemm", "If", "Gemm"])
        }
        // What both branches make goes together.
        let written = try check(
            model, producer: "second", kept: [1, 2, 6], inputs)
        #expect(written.graph.initializer.first { $0.name == "last" }?.dims == [3, 3])
    }

    @Test("a choice inside of a branch, and what only it reads, go back into that branch", arguments: [0, 1])
    func choiceInside(flag: Int) throws {
        var sketch = try choosing()
        sketch.input("other", [], element: 9)
        var body = try #require(sketch.messages.graph.node[1].attribute.first?.g)
        var choice = ModelSketch.node("If", ["other"], ["kept"])
        for (name, type) in [("then_branch", "Relu"), ("else_branch", "Sigmoid")] {
            var inner = Onnx_GraphProto()
            inner.node = [ModelSketch.node(type, ["b"], [name])]
            inner.output = [ModelSketch.value(name, nil)]
            var attribute = Onnx_AttributeProto()
            (attribute.name, attribute.type, attribute.g) = (name, .graph, inner)
            choice.attribute.append(attribute)
        }
        body.node.insert(choice, at: 2)
        body.node[3].input[0] = "kept"
        sketch.messages.graph.node[1].attribute[0].g = body
        let inputs = try [
            Tensor([1], shape: []).converted(to: .bool), Tensor(random: .normal, shape: [1, 4], seed: 3),
            Tensor([flag], shape: []).converted(to: .bool),
        ]
        let written = try check(sketch.model(), producer: "first", kept: [0, 2, 5], inputs)
        #expect(written.graph.node.map(\.opType) == ["Gemm", "If", "Gemm"])
        let branch = try #require(written.graph.node[1].attribute.first { $0.name == "then_branch" })
        #expect(branch.g.node.map(\.opType) == ["Gemm", "Relu", "If", "Gemm"])
    }

    @Test("what only a settled choice inside of a branch read does not keep the branch's nodes out of it")
    func settledInside() throws {
        var sketch = try choosing()
        // In the first branch, a rank decides between the same and something of another rank.
        var body = try #require(sketch.messages.graph.node[1].attribute.first?.g)
        var inner = ModelSketch()
        inner.node("Shape", ["b"], ["shape"])
        inner.node("Size", ["shape"], ["rank"])
        inner.node("Equal", ["rank", "two"], ["isTwo"])
        inner.node("If", ["isTwo"], ["kept"])
        for (name, type, inputs) in [
            ("then_branch", "Identity", ["b"]), ("else_branch", "Unsqueeze", ["b", "axis"]),
        ] {
            var choice = Onnx_GraphProto()
            choice.node = [ModelSketch.node(type, inputs, [name])]
            choice.output = [ModelSketch.value(name, nil)]
            var attribute = Onnx_AttributeProto()
            (attribute.name, attribute.type, attribute.g) = (name, .graph, choice)
            inner.messages.graph.node[3].attribute.append(attribute)
        }
        body.node.insert(contentsOf: inner.messages.graph.node, at: 2)
        body.node[6].input[0] = "kept"
        sketch.messages.graph.node[1].attribute[0].g = body
        sketch.messages.graph.initializer.append(
            try ModelSketch.tensor("two", Tensor([2]).reshaped([]), element: 7))
        try sketch.integers("axis", [0])
        let model = try sketch.model()
        let inputs = try [
            Tensor([1], shape: []).converted(to: .bool), Tensor(random: .normal, shape: [1, 4], seed: 3),
        ]
        let written = try check(model, producer: "first", kept: [0, 2, 5], inputs)
        #expect(written.graph.node.map(\.opType) == ["Gemm", "If", "Gemm"])
    }

    @Test("a choice by lengths between things of other shapes is settled, and said to be")
    func settledByLengths() throws {
        var sketch = ModelSketch()
        sketch.input("x", ["n", 4, "length"])
        try sketch.integers("last", [-1])
        try sketch.integers("one", [1])
        sketch.node("Shape", ["x"], ["shape"])
        sketch.node("Gather", ["shape", "last"], ["length"])
        sketch.node("Equal", ["length", "one"], ["isOne"])
        sketch.node("If", ["isOne"], ["y"])
        for (name, type) in [("then_branch", "Squeeze"), ("else_branch", "Identity")] {
            var body = Onnx_GraphProto()
            body.node = [ModelSketch.node(type, type == "Squeeze" ? ["x", "last"] : ["x"], [name])]
            body.output = [ModelSketch.value(name, nil)]
            var attribute = Onnx_AttributeProto()
            (attribute.name, attribute.type, attribute.g) = (name, .graph, body)
            sketch.messages.graph.node[3].attribute.append(attribute)
        }
        sketch.output("y")
        let model = try sketch.model(inputShapes: ["length": [1]])
        #expect(model.settledChoices == ["y"])
        #expect(model.graph.outputs.map { model.graph[$0].type.shape } == [[1, 4]])
        let long = try sketch.model(inputShapes: ["length": [7]])
        #expect(long.graph.outputs.map { long.graph[$0].type.shape } == [[1, 4, 7]])
    }

    @Test("a sum and a division by the count are a mean, over channels too", arguments: ["Mul", "Div"])
    func spelledMean(type: String) throws {
        var sketch = ModelSketch()
        sketch.input("x", ["n", 4])
        try sketch.weight("w", [4, 10])
        try sketch.weight("u", [10, 3])
        try sketch.integers("axes", [1])
        try sketch.scalar("count", type == "Mul" ? 0.1 : 10)
        sketch.node("MatMul", ["x", "w"], ["h"])
        sketch.node("ReduceSum", ["h", "axes"], ["sum"], ["keepdims": [1]])
        sketch.node(type, ["sum", "count"], ["mean"])
        sketch.node("Sub", ["h", "mean"], ["centred"])
        sketch.node("MatMul", ["centred", "u"], ["y"])
        sketch.output("y")
        let model = try sketch.model()
        #expect(model.graph.nodes.map(\.type) == ["MatMul", "ReduceMean", "Identity", "Sub", "MatMul"])
        let coupling = try Coupling(model.graph)
        #expect(coupling.groups.map(\.width) == [10])
        let data = try Tensor(random: .normal, shape: [1, 4], seed: 2)
        let mean = try Executor(model.graph).run([data])
        let product = try data.multiplied(by: Tensor(repeating: 1, shape: []))
        #expect(mean.count == 1 && product.shape == [1, 4])
        // A factor that is not the count stays what it is.
        sketch.messages.graph.initializer.removeAll { $0.name == "count" }
        try sketch.scalar("count", 0.2)
        let other = try sketch.model()
        #expect(other.graph.nodes.contains { $0.type == "ReduceSum" })
        #expect(try Coupling(other.graph).groups.isEmpty)
    }

    @Test("states of zeros whose shape is computed do not keep a recurrent layer from shrinking")
    func computedStates() throws {
        var sketch = ModelSketch()
        sketch.input("x", [5, "n", 3])
        for (name, shape) in [("w", [1, 32, 3]), ("r", [1, 32, 8]), ("u", [8, 2])] {
            try sketch.weight(name, shape)
        }
        for (name, numbers) in [("place", [1]), ("front", [1]), ("width", [8]), ("axis", [1])] {
            try sketch.integers(name, numbers)
        }
        sketch.node("Shape", ["x"], ["shape"])
        sketch.node("Gather", ["shape", "place"], ["batch"])
        sketch.node("Concat", ["front", "batch", "width"], ["joined"], ["axis": [0]])
        sketch.node("Cast", ["joined"], ["lengths"], ["to": [7]])
        sketch.node("ConstantOfShape", ["lengths"], ["zeros"])
        sketch.node("LSTM", ["x", "w", "r", "", "", "zeros", "zeros"], ["s"], ["hidden_size": [8]])
        sketch.node("Squeeze", ["s", "axis"], ["flat"])
        sketch.node("MatMul", ["flat", "u"], ["y"])
        sketch.output("y")
        let model = try sketch.model()
        let data = try Tensor(random: .normal, shape: [5, 2, 3], seed: 2)
        let sized = try sketch.model(inputShapes: ["n": [2]])
        _ = try check(sized, producer: "w", kept: [0, 1, 4, 6], [data])
        // The number of sequences stays open.
        let coupling = try Coupling(model.graph)
        let group = try Deletion.group(producing: "w", coupling)
        let small = try Deletion.keeping([0, 1, 4, 6], of: group, in: model.graph, coupling)
        let again = try ONNXModel(model.data(of: small), inputShapes: ["n": [3]])
        #expect(again.graph.outputs.map { again.graph[$0].type.shape } == [[5, 3, 2]])
    }
}
