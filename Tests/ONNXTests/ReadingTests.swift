import Coupling
import Foundation
import Graph
import ONNX
import Operators
import Testing
import Torch

@Suite("What an ONNX model says")
struct ReadingTests {
    /// The operators that compute shapes in the model "shapes".
    static let shapeOperators = ["Shape", "Gather", "Unsqueeze", "Cast", "Sqrt", "Concat"]

    static let understood = [
        "residual", "folded_output", "external", "constants", "open_axes", "legacy", "shapes",
    ]
    .filter { $0 != "shapes" || shapeOperators.allSatisfy { OperatorRegistry.contains($0) } }

    @Test(
        "outputs are those of ONNX Runtime, at another size than the traced one too",
        arguments: Self.understood)
    func goldens(name: String) throws {
        let golden = try Fixture.golden(name)
        let graph = try Fixture.model(name).graph
        #expect(!graph.nodes.contains { $0.op is OpaqueOperator })
        let outputs = try Fixture.outputs(of: graph, on: golden)
        #expect(!outputs.isEmpty && outputs.count == golden.outputs.count)
        for (key, expected) in golden.outputs {
            #expect(
                try distance(#require(outputs[key]), expected.tensor) < Fixture.runtimeTolerance, "\(key)")
        }
    }

    @Test("stored tensors of every type, packed or not")
    func types() throws {
        let graph = try Fixture.model("types").graph
        let types: [(String, DType)] = [
            ("float32", .float32), ("float64", .float64), ("float16", .float16), ("bfloat16", .bfloat16),
            ("int64", .int64), ("int32", .int32), ("int16", .int16), ("int8", .int8), ("uint8", .uint8),
            ("bool", .bool), ("uint16", .uint16), ("uint32", .uint32), ("small_uint64", .uint64),
        ]
        for (name, type) in types {
            let raw = try #require(graph.value(named: "\(name)_raw").flatMap { graph[$0].tensor })
            let typed = try #require(graph.value(named: "\(name)_typed").flatMap { graph[$0].tensor })
            #expect(raw.type == type && raw.shape == [2, 3])
            #expect(try raw.holdsSame(as: typed), "\(name)")
            #expect(try Set(raw.doubles()).count > 1)
        }
        #expect(
            try graph.value(named: "bfloat16_raw").flatMap { graph[$0].tensor }?.doubles() == [
                1.5, -2, 3, 0.25, -0.125, 96,
            ])
        for name in ["uint64_typed", "text", "int4_raw"] {
            let id = try #require(graph.value(named: name))
            #expect(graph[id].tensor == nil && !graph[id].type.isKnown)
        }
        #expect(graph.value(named: "scalar").map { graph[$0].type.shape } == [])
        #expect(graph.value(named: "empty").map { graph[$0].type.shape } == [0, 3])
    }

    @Test("open lengths are usual ones unless somebody says otherwise")
    func openAxes() throws {
        let model = try Fixture.model("open_axes")
        #expect(model.isBatchOpen)
        #expect(
            model.assumptions.count == 3
                && model.assumptions.contains { $0.axis == 2 && $0.symbol == "height" })
        #expect(model.graph[model.graph.inputs[0]].type.shape == [1, 3, 224, 224])
        for name in ["x", ""] {
            let sized = try Fixture.model("open_axes", inputShapes: [name: [2, 3, 8, 9]])
            #expect(sized.assumptions.isEmpty)
            #expect(sized.graph.value(named: "c").map { sized.graph[$0].type.shape } == [2, 6, 8, 9])
        }
    }

    @Test(
        "shapes that do not fit the model are refused",
        arguments: [
            (["x": [2, 4, 8, 9]], "axis 1"), (["y": [1]], "no input named y"), (["x": [1, 3, 8]], "4 axes"),
            (["x": [1, 3, -1, 8]], "at least 0"),
        ])
    func unfitShapes(shapes: [String: [Int]], message: String) throws {
        let error = #expect(throws: ONNXError.self) { try Fixture.model("open_axes", inputShapes: shapes) }
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }

    @Test("where the usual lengths do not fit, those are found that the weights ask for")
    func openMismatch() throws {
        let found = try Fixture.model("open_mismatch")
        #expect(found.graph[found.graph.inputs[0]].type.shape == [1, 2, 3, 4])
        let error = #expect(throws: ONNXError.self) {
            try Fixture.model("open_mismatch", inputShapes: ["": [1, 2, 5, nil]])
        }
        for word in ["node fc", "Gemm", "axis 3 of input x", "give the shape"] {
            #expect(error?.message.contains(word) == true, "\(word): \(String(describing: error))")
        }
        let graph = try Fixture.model("open_mismatch", inputShapes: ["": [1, 2, 3, 4]]).graph
        #expect(graph.multiplyAccumulatesOfNodes == 24 * 4)
    }

    @Test("what is not understood is kept, freezes its channels, and cannot be run")
    func opaque() throws {
        let graph = try Fixture.model("opaque").graph
        let reasons = Dictionary(
            graph.nodes.compactMap { node in node.obstacle.map { (node.name, $0) } }
        ) { $1 }
        #expect(reasons["choice"] == nil)
        #expect(
            reasons["call"]
                == "it is a function of the model's own, written for version 16 of the operator set, the model for 17"
        )
        #expect(reasons["list"] == "it makes or takes sequences" && reasons["at"] == reasons["list"])
        // The branches of the choice stand before it.
        let choice = try #require(graph.nodes.first { $0.name == "choice" })
        #expect(
            choice.inputs.compactMap { $0.map { graph[$0].name } } == [
                "flag", "choice/then.0", "choice/else.0",
            ])
        let coupling = try Coupling(graph)
        let producers = coupling.groups.flatMap { $0.members(.producer).map(\.name) }
        #expect(Set(producers) == ["w1", "w3"])
        let frozen = try #require(
            coupling.frozen.first { $0.members.contains { $0.name == "w2" && $0.role == .producer } })
        #expect(frozen.reason.contains("call") && frozen.reason.contains("Twice"))
        #expect(frozen.node == "call")
        let error = #expect(throws: GraphError.self) {
            try Executor(graph).run([Tensor(random: .normal, shape: [1, 4], seed: 1)])
        }
        #expect(error?.message.contains("Twice") == true && error?.node == "call")
    }

    @Test("what is declared about the output of an unknown operator is believed, else it stays unknown")
    func custom() throws {
        let declared = try Fixture.model("custom_declared").graph
        #expect(declared.nodes.map(\.type) == ["Gemm", "Relu", "Gemm", "com.example::Whiten", "Gemm"])
        #expect(declared.value(named: "white").map { declared[$0].type.shape } == [1, 5])
        let unknown = try Fixture.model("custom_unknown").graph
        #expect(unknown.value(named: "white").map { unknown[$0].type.isKnown } == false)
        #expect((unknown.nodes.last?.op as? DeferredOperator)?.reason.contains("white") == true)
        for graph in [declared, unknown] {
            let coupling = try Coupling(graph)
            #expect(coupling.groups.flatMap { $0.members.map(\.name) } == ["w1", "w2"])
        }
    }

    @Test("a shape that comes in leaves types open, freezes what it meets, and is taken as it comes")
    func deferred() throws {
        let graph = try Fixture.model("deferred").graph
        let reasons = graph.nodes.compactMap { node in node.obstacle.map { (node.name, $0) } }
        #expect(reasons.map(\.0) == ["reshape", "softmax", "third", "lengths"])
        #expect(reasons[0].1 == "input 1 is unknown until the network runs")
        #expect(reasons[1].1 == "the type of d is unknown")
        #expect(graph.value(named: "d").map { graph[$0].type.isKnown } == false)
        // The lengths of an unknown value are declared, and what the first layer makes can go.
        #expect(graph[graph.outputs[1]].type == TensorType(.int64, [2]))
        #expect(try Coupling(graph).groups.flatMap { $0.members.map(\.name) } == ["w1", "w2"])
        let input = try Tensor(random: .normal, shape: [2, 4], seed: 1)
        func parameter(_ name: String) throws -> Tensor {
            try #require(graph.value(named: name).flatMap { graph[$0].tensor })
        }
        let hidden = try input.matrixMultiplied(by: parameter("w1")).applying(.relu)
            .matrixMultiplied(by: parameter("w2"))
        let expected = try hidden.reshaped([3, 4]).softmax(axis: 1).matrixMultiplied(by: parameter("w3"))
        let outputs = try Executor(graph).run([input, Tensor([-1, 4])])
        #expect(try outputs[0].bytes() == expected.bytes())
        #expect(try outputs[1].integers() == [3, 3])
        for (size, node) in [([4, 3], "third"), ([5, 2], "reshape")] {
            let error = #expect(throws: GraphError.self) { try Executor(graph).run([input, Tensor(size)]) }
            #expect(error?.node == node)
        }
    }

    @Test("what an operator would ignore makes its node opaque, by name")
    func strange() throws {
        let graph = try Fixture.model("strange").graph
        #expect(graph.nodes.allSatisfy { $0.op is OpaqueOperator })
        let reasons = graph.nodes.compactMap(\.obstacle)
        #expect(reasons[0].contains("attribute slope is not supported"))
        #expect(reasons[1] == "input 1 is not supported")
        #expect(reasons[2].contains("training_mode"))
    }

    @Test("stored tensors that are inputs too are not asked for")
    func storedInputs() throws {
        let graph = try Fixture.model("residual").graph
        #expect(graph.inputs.map { graph[$0].name } == ["image"])
        #expect(graph.value(named: "conv2.weight").flatMap { graph[$0].tensor } != nil)
    }
}

extension Graph {
    /// The multiply-accumulate operations of all nodes.
    var multiplyAccumulatesOfNodes: Int {
        nodes.reduce(0) { sum, node in
            sum
                + node.op.cost(operatorInputs(node.inputs), outputs: node.outputs.map { self[$0].type })
                .multiplyAccumulates
        }
    }
}
