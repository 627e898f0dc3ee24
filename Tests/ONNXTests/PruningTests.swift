import Analysis
import Compression
import Coupling
import Foundation
import Graph
import ONNX
import Operators
import Testing
import Torch

@Suite("ONNX models that were made smaller")
struct PruningTests {
    /// Sums in another order may differ by this, relative to the larger of 1 and the expected one.
    private static let orderTolerance = 1e-5

    /// Removes every second channel of a group, writes, reads and runs the model.
    private func prune(
        _ name: String, folding: Bool = false, producing parameter: String
    ) throws -> (file: ONNXModel, messages: [String: [Int]]) {
        let model = try Fixture.model(name)
        let graph = folding ? try BatchNormFolding.exact.folded(model.graph) : model.graph
        let coupling = try Coupling(graph)
        let group = try Deletion.group(producing: parameter, coupling)
        let kept = Array(stride(from: 0, to: group.width, by: 2))
        let small = try Deletion.keeping(kept, of: group, in: graph, coupling)
        let bytes = try model.data(of: small)
        let again = try ONNXModel(bytes)
        let golden = try Fixture.golden(name)
        let outputs = try Fixture.outputs(of: again.graph, on: golden)
        let expected = try Fixture.outputs(of: Deletion.ignoring(kept, of: group, in: graph), on: golden)
        #expect(again.graph.parameterCount < model.graph.parameterCount)
        #expect(Set(outputs.keys) == Set(golden.outputs.keys))
        for (key, value) in zip(again.graph.outputs.map { again.graph[$0].name }, again.graph.outputs) {
            let original = try #require(golden.outputs[key]).tensor
            let position = try #require(again.graph.outputs.firstIndex(of: value))
            let oracle = try #require(expected[graph[graph.outputs[position]].name])
            let output = try #require(outputs[key])
            #expect(try distance(output, oracle) < Self.orderTolerance)
            #expect(try distance(output, original) > 1e-3, "removing channels must change something")
        }
        let shapes = try ONNXMessages.parsed(bytes).graph.initializer.map {
            ($0.name, $0.dims.map { Int($0) })
        }
        return (again, Dictionary(shapes) { $1 })
    }

    @Test("tensors, attributes and declared shapes follow, everything else stays")
    func residual() throws {
        let (small, shapes) = try prune("residual", folding: true, producing: "conv2.weight")
        #expect(shapes["conv2.weight"] == [4, 8, 3, 3] && shapes["conv3.weight"] == [8, 4, 1, 1])
        #expect(shapes["conv2.bias"] == [4] && shapes["conv1.bias"] == [8])
        #expect(shapes.keys.allSatisfy { !$0.hasPrefix("bn") })
        let original = try ONNXMessages.parsed(Fixture.bytes("residual"))
        let written = small.messages
        #expect(written.docString == original.docString && written.metadataProps == original.metadataProps)
        #expect(written.opsetImport == original.opsetImport && written.domain == original.domain)
        #expect(written.graph.output == original.graph.output)
        #expect(written.graph.input.map(\.name) == original.graph.input.map(\.name))
        #expect(written.graph.node.first?.docString == "the stem")
        #expect(written.graph.node.map(\.opType).filter { $0 == "BatchNormalization" }.isEmpty)
        #expect(written.graph.node.count == original.graph.node.count - 2)
        let declared = Dictionary(
            (written.graph.valueInfo + written.graph.input).map { ($0.name, $0.type.tensorType.shape.dim) }
        ) { $1 }
        let hidden = try #require(declared["relu2"])
        // The open batch stays open.
        #expect(hidden[0].dimParam == "batch" && hidden[1].dimValue == 4)
        #expect(declared["conv2.weight"]?.map(\.dimValue) == [4, 8, 3, 3])
        #expect(declared["bn2"] == nil)
    }

    @Test("an output keeps its name when the node that made it is folded away")
    func foldedOutput() throws {
        let (small, _) = try prune("folded_output", folding: true, producing: "first.weight")
        #expect(small.graph.outputs.map { small.graph[$0].name } == ["y"])
        #expect(small.graph.nodes.map(\.type) == ["Conv", "Relu", "Conv"])
    }

    @Test(
        "external, legacy and weights in Constant nodes",
        arguments: [
            ("external", "first.weight"), ("legacy", "w"), ("constants", "w"),
        ])
    func others(name: String, parameter: String) throws {
        let (small, _) = try prune(name, producing: parameter)
        let original = try ONNXMessages.parsed(Fixture.bytes(name))
        #expect(small.messages.graph.node.map(\.name) == original.graph.node.map(\.name))
        if name == "constants" {
            #expect(
                small.graph.value(named: "shape").flatMap { try? small.graph[$0].tensor?.integers() } == [
                    1, 3, 1,
                ])
        }
    }

    @Test("nodes that are not understood are written as they were, beside pruned ones")
    func opaque() throws {
        let model = try Fixture.model("opaque")
        let coupling = try Coupling(model.graph)
        var small = model.graph
        let group = try Deletion.group(producing: "w1", coupling)
        small = try Deletion.keeping([0, 2, 5], of: group, in: small, coupling)
        let bytes = try model.data(of: small)
        let (written, original) = (
            try ONNXMessages.parsed(bytes), try ONNXMessages.parsed(Fixture.bytes("opaque"))
        )
        // Branches are pruned and put back, under names of their own.
        func isChoice(_ node: Onnx_NodeProto) -> Bool { node.opType == "If" }
        #expect(
            written.graph.node.filter { !isChoice($0) } == original.graph.node.filter { !isChoice($0) }
                && written.functions == original.functions)
        let (choice, before) = (
            try #require(written.graph.node.first(where: isChoice)),
            try #require(original.graph.node.first(where: isChoice))
        )
        #expect(choice.input == before.input && choice.output == before.output)
        func operators(_ node: Onnx_NodeProto) -> [String: [String]] {
            Dictionary(node.attribute.map { ($0.name, $0.g.node.map(\.opType)) }) { $1 }
        }
        #expect(operators(choice) == operators(before))
        let shapes = Dictionary(written.graph.initializer.map { ($0.name, $0.dims) }) { $1 }
        #expect(shapes["w1"] == [4, 3] && shapes["w2"] == [3, 5] && shapes["w3"] == [5, 7])
    }

    @Test("names that a subgraph reads follow when a node is folded away")
    func capturedNames() throws {
        // A batch-norm before the value that the subgraph reads.
        var messages = try ONNXMessages.parsed(Fixture.bytes("residual"))
        var branch = Onnx_GraphProto()
        branch.name = "branch"
        var negate = Onnx_NodeProto()
        (negate.opType, negate.input, negate.output) = ("Neg", ["bn2"], ["negated"])
        branch.node = [negate]
        var output = Onnx_ValueInfoProto()
        output.name = "negated"
        branch.output = [output]
        var choice = Onnx_NodeProto()
        (choice.opType, choice.name, choice.input, choice.output) = ("If", "choice", ["fc.bias"], ["chosen"])
        for name in ["then_branch", "else_branch"] {
            var attribute = Onnx_AttributeProto()
            (attribute.name, attribute.type, attribute.g) = (name, .graph, branch)
            choice.attribute.append(attribute)
        }
        // Nothing else reads it, so that the batch-norm can be folded.
        messages.graph.node.removeAll { ["relu2", "conv3", "add"].contains($0.name) }
        let pool = try #require(messages.graph.node.firstIndex { $0.name == "pool" })
        messages.graph.node[pool].input = ["relu1"]
        messages.graph.node.append(choice)
        let model = try ONNXModel(ONNXMessages.bytes(messages))
        let folded = try BatchNormFolding.exact.folded(model.graph)
        #expect(folded.nodes.count < model.graph.nodes.count)
        let written = try ONNXMessages.parsed(model.data(of: folded))
        let node = try #require(written.graph.node.last)
        #expect(node.attribute.map { $0.g.node[0].input } == [["conv2"], ["conv2"]])
    }

    @Test(
        "computed shapes follow, numbers in their arithmetic are rewritten, numbers that meet data stay",
        .enabled(if: ReadingTests.shapeOperators.allSatisfy { OperatorRegistry.contains($0) }))
    func shapes() throws {
        let (small, shapes) = try prune("shapes", producing: "conv.weight")
        #expect(shapes["conv.weight"] == [5, 2, 1, 1] && shapes["out.weight"] == [3, 5, 1, 1])
        let graph = small.graph
        func constant(_ name: String) throws -> [Int]? {
            try graph.value(named: name).flatMap { graph[$0].constant }?.integers()
        }
        // At the traced size of one sample; the model ran with two above.
        #expect(try constant("follows") == [1, 5, -1])
        #expect(try constant("stays") == [1, 5, 4, 4])
        // The nodes that compute them are still there.
        #expect(graph.nodes.map(\.type).filter { $0 == "Concat" }.count == 2)
    }

    @Test("nodes that need different numbers stop sharing a constant")
    func sharedConstant() throws {
        var graph = Graph(name: "shared")
        let input = try graph.addInput("x", TensorType(.float32, [1, 4]))
        let shape = try graph.addParameter("shape", Tensor([1, 6, 1]))
        var outputs: [ValueID] = []
        for name in ["left", "right"] {
            let weight = try graph.addParameter(
                "\(name).weight", Tensor(random: .normal, shape: [4, 6], seed: 3))
            let consumer = try graph.addParameter(
                "\(name).out", Tensor(random: .normal, shape: [6, 2], seed: 4))
            let hidden = try graph.addNode(OperatorTable.make("Gemm"), [input, weight], name: "\(name).gemm")
            let column = try graph.addNode(
                OperatorTable.make("Reshape"), [hidden[0], shape], name: "\(name).reshape")
            let flat = try graph.addNode(
                OperatorTable.make("Flatten", inputs: 1), column, name: "\(name).flat")
            outputs += try graph.addNode(OperatorTable.make("Gemm"), [flat[0], consumer], name: "\(name).y")
        }
        graph.setOutputs(outputs)
        let coupling = try Coupling(graph)
        let group = try Deletion.group(producing: "left.weight", coupling)
        let small = try Deletion.keeping([1, 3], of: group, in: graph, coupling)
        #expect(small.value(named: "left.reshape").map { small[$0].type.shape } == [1, 2, 1])
        #expect(small.value(named: "right.reshape").map { small[$0].type.shape } == [1, 6, 1])
        let data = try Tensor(random: .normal, shape: [1, 4], seed: 5)
        let expected = try Executor(Deletion.ignoring([1, 3], of: group, in: graph)).run([data])
        let actual = try Executor(ONNXModel(ONNXModel(graph).data(of: small)).graph).run([data])
        for (one, other) in zip(actual, expected) { #expect(try distance(one, other) < Self.orderTolerance) }
    }
}
