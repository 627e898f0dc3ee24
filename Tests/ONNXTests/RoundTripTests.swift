import Foundation
import Graph
import ONNX
import TestSupport
import Testing
import Torch

@Suite("ONNX files in and out")
struct RoundTripTests {
    @Test("a model that nothing changed is written as it was read", arguments: Fixture.names)
    func equality(name: String) throws {
        let bytes = try Fixture.bytes(name)
        let model = try Fixture.model(name)
        var original = try ONNXMessages.parsed(bytes)
        let written = try ONNXMessages.parsed(model.data(of: model.graph))
        // In the one file that this makes, the elements are in the model itself.
        for index in original.graph.initializer.indices
        where original.graph.initializer[index].dataLocation == .external {
            original.graph.initializer[index].externalData = []
            original.graph.initializer[index].clearDataLocation()
            original.graph.initializer[index].rawData = written.graph.initializer[index].rawData
        }
        #expect(written == original)
        #expect(!original.graph.node.isEmpty)
    }

    @Test("elements of stored tensors are those of the file")
    func externalElements() throws {
        let data = try Data(contentsOf: Fixture.file("external.bin"))
        let messages = try ONNXMessages.parsed(Fixture.bytes("external"))
        let graph = try Fixture.model("external").graph
        var checked = 0
        for message in messages.graph.initializer where message.dataLocation == .external {
            let entries = Dictionary(uniqueKeysWithValues: message.externalData.map { ($0.key, $0.value) })
            let (offset, length) = (Int(entries["offset"] ?? "") ?? 0, Int(entries["length"] ?? "") ?? 0)
            let tensor = try #require(graph.value(named: message.name).flatMap { graph[$0].tensor })
            #expect(try Data(tensor.bytes()) == data[offset..<(offset + length)])
            checked += 1
        }
        #expect(checked == 2)
    }

    @Test("tensors that were in a file of their own go into one again, in place too")
    func externalFiles() throws {
        try TemporaryFolder.with { folder in
            for name in ["external.onnx", "external.bin"] {
                try FileManager.default.copyItem(
                    at: Fixture.file(name), to: folder.appendingPathComponent(name))
            }
            let file = folder.appendingPathComponent("external.onnx")
            let before = try ONNXModel(contentsOf: file.path)
            // Twice in place: the second time it is read from what the first one wrote.
            for _ in 0..<2 {
                let model = try ONNXModel(contentsOf: file.path)
                try model.write(model.graph, to: file)
            }
            let after = try ONNXModel(contentsOf: file.path)
            let messages = try ONNXMessages.parsed(Data(contentsOf: file))
            let external = messages.graph.initializer.filter { $0.dataLocation == .external }
            #expect(external.map(\.name) == ["first.weight", "second.weight"])
            #expect(external.allSatisfy { $0.rawData.isEmpty })
            #expect(
                after.dataFiles.map { URL(fileURLWithPath: $0).lastPathComponent } == ["external.onnx.data"])
            for id in before.graph.parameters {
                let other = try #require(
                    after.graph.value(named: before.graph[id].name).flatMap { after.graph[$0].tensor })
                #expect(try before.graph[id].tensor?.holdsSame(as: other) == true)
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            #expect(left == ["external.bin", "external.onnx", "external.onnx.data"])
        }
    }

    @Test("a model too large for one file gets another for its large tensors")
    func sizeLimit() throws {
        try TemporaryFolder.with { folder in
            let model = try Fixture.model("residual")
            let file = folder.appendingPathComponent("large.onnx")
            try model.write(model.graph, to: file, metadata: ["note": "split"], sizeLimit: 2000)
            let messages = try ONNXMessages.parsed(Data(contentsOf: file))
            let external = messages.graph.initializer.filter { $0.dataLocation == .external }
            // [8, 8, 3, 3] floats; everything else is below a kilobyte.
            #expect(external.map(\.name) == ["conv2.weight"])
            let again = try ONNXModel(contentsOf: file.path)
            #expect(again.metadata["note"] == "split" && again.metadata["author"] == "nobody")
            let golden = try Fixture.golden("residual")
            let outputs = try Fixture.outputs(of: again.graph, on: golden)
            #expect(
                try distance(#require(outputs["scores"]), #require(golden.outputs["scores"]).tensor)
                    < Fixture.runtimeTolerance)
        }
    }

    @Test("a file that cannot be written is left alone, and nothing else is left behind")
    func failedWrite() throws {
        try TemporaryFolder.with { folder in
            let model = try Fixture.model("residual")
            let file = folder.appendingPathComponent("missing/model.onnx")
            #expect(throws: (any Error).self) { try model.write(model.graph, to: file) }
            let other = try Fixture.model("opaque")
            let kept = folder.appendingPathComponent("kept.onnx")
            try Data("old".utf8).write(to: kept)
            // The other network has nodes of which only its own model knows how they are written.
            #expect(throws: ONNXError.self) { try model.write(other.graph, to: kept) }
            #expect(try Data(contentsOf: kept) == Data("old".utf8))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["kept.onnx"])
        }
    }

    @Test("a graph that came from no file is written and read again")
    func newModel() throws {
        var graph = Graph(name: "made")
        let input = try graph.addInput("x", TensorType(.float32, [1, 3, 4, 4]))
        let weight = try graph.addParameter("w", Tensor(random: .normal, shape: [6, 3, 1, 1], seed: 1))
        let hidden = try graph.addNode(OperatorTable.make("Conv"), [input, weight], name: "conv")
        let output = try graph.addNode(OperatorTable.make("Relu"), hidden, name: "y")
        graph.setOutputs(output)
        let again = try ONNXModel(ONNXModel(graph).data(of: graph))
        #expect(again.isBatchOpen && again.graph.nodes.map(\.type) == ["Conv", "Relu"])
        #expect(again.graph[again.graph.inputs[0]].type.shape == [1, 3, 4, 4])
        let image = try Tensor(random: .normal, shape: [2, 3, 4, 4], seed: 2)
        let (first, second) = (try Executor(graph).run([image])[0], try Executor(again.graph).run([image])[0])
        #expect(try distance(second, first) == 0)
    }
}
