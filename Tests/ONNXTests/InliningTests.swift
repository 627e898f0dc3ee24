import Coupling
import Foundation
import Graph
import ONNX
import Testing
import Torch

@Suite("Settled choices and functions in place of their nodes")
struct InliningTests {
    private static func messages() throws -> Onnx_ModelProto {
        try ONNXMessages.parsed(Fixture.bytes("choices"))
    }

    private static func reasons(_ messages: Onnx_ModelProto) throws -> [String] {
        let graph = try ONNXModel(ONNXMessages.bytes(messages)).graph
        return graph.nodes.compactMap(\.obstacle)
    }

    @Test("the taken branches and the bodies of functions are the network")
    func expansion() throws {
        let graph = try Fixture.model("choices").graph
        #expect(
            graph.nodes.map(\.type) == [
                "Gemm", "Identity", "Mul", "Relu", "Gemm", "Gemm", "LeakyRelu", "Gemm", "LeakyRelu",
                "Shape", "Gather", "Equal", "Identity", "Gemm",
            ])
        #expect(
            graph.nodes.map(\.name).filter { $0.hasPrefix("gate_two") } == [
                "gate_two/product", "gate_two/leaky/leak",
            ])
        // Names that are taken outside get another one, those of the choice's outputs stay.
        let names = Set(graph.values.map(\.name))
        #expect(
            names.isSuperset(of: ["b", "b.1", "chosen", "turned", "w2.scaled", "w2.scale.1", "straight"]))
        #expect(try graph.value(named: "w2.scale.1").flatMap { try graph[$0].tensor?.doubles() } == [2])
        let slopes = graph.nodes.filter { $0.type == "LeakyRelu" }.map { $0.op.attributes["alpha"] }
        let expected: [AttributeValue?] = [.float(0.3), .float(0.1)]
        #expect(
            zip(slopes, expected).allSatisfy { left, right in
                left.flatMap { one in right.map { one.isIdentical(to: $0) } } == true
            })
        let golden = try Fixture.golden("choices")
        let outputs = try Fixture.outputs(of: graph, on: golden)
        #expect(
            try distance(#require(outputs["y"]), #require(golden.outputs["y"]).tensor)
                < Fixture.runtimeTolerance)
    }

    @Test("channels inside are pruned, and the file has the branches and bodies in place")
    func pruning() throws {
        let model = try Fixture.model("choices")
        let coupling = try Coupling(model.graph)
        let producers = coupling.groups.flatMap { $0.members(.producer).map(\.name) }
        #expect(Set(producers) == ["w1", "w2.scaled", "w3", "w4"])
        let group = try Deletion.group(producing: "w3", coupling)
        let small = try Deletion.keeping([0, 2, 5], of: group, in: model.graph, coupling)
        let bytes = try model.data(of: small)
        let written = try ONNXMessages.parsed(bytes)
        #expect(!written.graph.node.contains { ["If", "Gate", "Leaky"].contains($0.opType) })
        // The scaled weight is stored in the place of its scaling.
        #expect(
            written.graph.initializer.map(\.name).filter { $0.hasPrefix("w2") }.sorted()
                == ["w2.scale.1", "w2.scaled"])
        let data = try Tensor(random: .normal, shape: [2, 4], seed: 5)
        let expected = try Executor(Deletion.ignoring([0, 2, 5], of: group, in: model.graph)).run([data])
        let actual = try Executor(ONNXModel(bytes).graph).run([data])
        #expect(try distance(actual[0], expected[0]) < 1e-5)
    }

    @Test("a choice by a length that the model leaves open is not settled")
    func openLength() throws {
        var messages = try Self.messages()
        messages.graph.input[0].type.tensorType.shape.dim[0].dimParam = "batch"
        messages.graph.output[0].type.tensorType.shape.dim[0].dimParam = "batch"
        let graph = try ONNXModel(ONNXMessages.bytes(messages)).graph
        // Both branches are there, though the width says at these lengths which one is taken.
        #expect(graph.nodes.contains { $0.type == "If" } && graph.nodes.contains { $0.type == "Exp" })
    }

    @Test("the other branch is taken where the condition says so")
    func otherBranch() throws {
        var messages = try Self.messages()
        let flag = try #require(messages.graph.initializer.firstIndex { $0.name == "flag" })
        messages.graph.initializer[flag].rawData = .init([0])
        let graph = try ONNXModel(ONNXMessages.bytes(messages)).graph
        #expect(
            graph.nodes[1].type == "Softmax" && graph.nodes[1].outputs.map { graph[$0].name } == ["chosen"])
        #expect(graph.value(named: "w2.scale.1") == nil)
    }

    @Test("functions that call themselves, and ones that grow without end, are left as calls")
    func recursion() throws {
        var messages = try Self.messages()
        let leaky = try #require(messages.functions.firstIndex { $0.name == "Leaky" })
        var call = Onnx_NodeProto()
        (call.opType, call.domain, call.input, call.output) = ("Leaky", "local", ["p"], ["q"])
        messages.functions[leaky].node = [call]
        #expect(try Self.reasons(messages).first == "it is a function of the model's own, called too deeply")
        // Ten calls each, twenty deep.
        messages.functions[leaky].node = (0..<10).map { index in
            var one = call
            (one.opType, one.input, one.output) = (
                "Grow1", [index == 0 ? "p" : "q\(index)"], [index == 9 ? "q" : "q\(index + 1)"]
            )
            return one
        }
        for level in 1...20 {
            var function = messages.functions[leaky]
            function.name = "Grow\(level)"
            function.attributeProto = []
            for index in function.node.indices { function.node[index].opType = "Grow\(level + 1)" }
            messages.functions.append(function)
        }
        let reasons = try Self.reasons(messages)
        #expect(
            reasons.contains("it is a function of the model's own, too long to inline"))
        #expect(reasons.count < 1 << 17)
    }
}
