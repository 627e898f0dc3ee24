import Foundation
import Graph
import ONNX
import TestSupport
import Testing
import Torch

@Suite("ONNX files that lie")
struct HostileModelTests {
    /// Returns the message with which a changed model is refused.
    private func refusal(
        _ name: String = "residual", folder: URL? = nil, _ change: (inout Onnx_ModelProto) throws -> Void
    ) throws -> String {
        var messages = try ONNXMessages.parsed(Fixture.bytes(name))
        try change(&messages)
        let bytes = try ONNXMessages.bytes(messages)
        let error = #expect(throws: ONNXError.self) { try ONNXModel(bytes, folder: folder) }
        return error?.message ?? ""
    }

    @Test("a file that ends early is refused, wherever it ends")
    func truncated() throws {
        for name in ["opaque", "constants"] {
            let bytes = try Fixture.bytes(name)
            let graph = try ONNXModel(bytes).messages.graph
            for count in 0..<bytes.count {
                do {
                    // What is read all the same ends between two fields of the model, behind all of the graph.
                    let model = try ONNXModel(bytes.prefix(count))
                    #expect(model.messages.graph.node == graph.node, "\(name) to \(count)")
                    #expect(count > bytes.count / 2)
                } catch is ONNXError {}
            }
        }
    }

    @Test("what is no model is refused", arguments: ["", "PK\u{3}\u{4}", "<html></html>", "\u{8}\u{8}"])
    func noModel(text: String) throws {
        #expect(throws: ONNXError.self) { try ONNXModel(Data(text.utf8)) }
    }

    @Test("a value that is used before it is made, or in a circle")
    func cyclic() throws {
        let message = try refusal { model in
            model.graph.node[0].input[0] = "sum"
        }
        #expect(message.contains("conv1") && message.contains("sum"))
        let own = try refusal { model in model.graph.node[2].input[0] = "relu1" }
        #expect(own.contains("relu1"))
    }

    @Test("names that occur twice")
    func duplicates() throws {
        #expect(try refusal { $0.graph.node[3].output[0] = "conv1" }.contains("conv1"))
        #expect(try refusal { $0.graph.initializer.append($0.graph.initializer[0]) }.contains("conv1.weight"))
        #expect(try refusal { $0.graph.node[0].output[0] = "conv2.weight" }.contains("conv2.weight"))
        #expect(
            try refusal { $0.graph.node[0].attribute.append($0.graph.node[0].attribute[0]) }.contains("conv1")
        )
        #expect(try refusal { $0.graph.output[0].name = "nothing" }.contains("nothing"))
    }

    @Test("shapes that do not fit")
    func shapes() throws {
        #expect(try refusal { $0.graph.initializer[0].dims = [8, 3, 3] }.contains("conv1.weight"))
        let swapped = try refusal {
            $0.graph.initializer[0].dims = [3, 8, 3, 3]
            $0.graph.valueInfo = []
        }
        #expect(swapped.contains("conv1") && swapped.contains("does not fit"))
        #expect(try refusal { $0.graph.initializer[0].dims = [-8, 3, -3, 3] }.contains("-8"))
        #expect(try refusal { $0.graph.initializer[0].dataType = 11 }.contains("bytes"))
    }

    @Test("absurd sizes are refused before memory is asked for")
    func absurd() throws {
        let large: Int64 = 1 << 40
        #expect(try refusal { $0.graph.initializer[0].dims = [large] }.contains("needs"))
        #expect(try refusal { $0.graph.initializer[0].dims = [large, large] }.contains("too large"))
        #expect(try refusal { $0.graph.initializer[0].dims = [0, large, large] }.contains("too large"))
        #expect(
            try refusal { $0.graph.initializer[0].dims = .init(repeating: 1, count: 1000) }.contains("axes"))
        #expect(
            try refusal { $0.graph.input[0].type.tensorType.shape.dim[1].dimValue = large }.contains("image"))
        let product = try refusal {
            for axis in 0..<4 { $0.graph.input[0].type.tensorType.shape.dim[axis].dimValue = 1 << 30 }
        }
        #expect(product.contains("too large"))
    }

    @Test("versions that are not known", arguments: [Int64.min, 0, 6, 1000, Int64.max])
    func versions(version: Int64) throws {
        #expect(try refusal { $0.opsetImport[0].version = version }.contains("operator set"))
        #expect(try refusal { $0.opsetImport = [] }.contains("operator set"))
    }

    @Test(
        "files that a model must not read",
        arguments: [
            "/etc/passwd", "../external.bin", "a/../../external.bin", "", "..", "sub", "missing.bin", "link",
            "external.bin\u{0}",
        ])
    func externalPaths(location: String) throws {
        try TemporaryFolder.with { outer in
            let folder = outer.appendingPathComponent("model")
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent("sub"), withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                at: Fixture.file("external.bin"), to: outer.appendingPathComponent("external.bin"))
            try FileManager.default.createSymbolicLink(
                at: folder.appendingPathComponent("link"),
                withDestinationURL: outer.appendingPathComponent("external.bin"))
            let message = try refusal("external", folder: folder) { model in
                for index in model.graph.initializer.indices {
                    for entry in model.graph.initializer[index].externalData.indices
                    where model.graph.initializer[index].externalData[entry].key == "location" {
                        model.graph.initializer[index].externalData[entry].value = location
                    }
                }
            }
            #expect(message.contains("first.weight") && message.contains("file"), "\(message)")
        }
    }

    @Test(
        "places in a data file that are not there",
        arguments: [
            ("offset", "-1"), ("offset", "9223372036854775807"), ("offset", "500"), ("length", "8"),
            ("length", "99999999999999999999"), ("length", "9223372036854775807"), ("offset", "x"),
        ])
    func externalRanges(key: String, value: String) throws {
        let folder = Fixture.file("external.bin").deletingLastPathComponent()
        let message = try refusal("external", folder: folder) { model in
            for entry in model.graph.initializer[0].externalData.indices
            where model.graph.initializer[0].externalData[entry].key == key {
                model.graph.initializer[0].externalData[entry].value = value
            }
        }
        #expect(message.contains("first.weight") || message.contains("external.bin"), "\(message)")
    }

    @Test("a small data file that a thousand tensors claim as theirs")
    func amplification() throws {
        let folder = Fixture.file("external.bin").deletingLastPathComponent()
        let message = try refusal("external", folder: folder) { model in
            for index in 0..<1000 {
                var copy = model.graph.initializer[0]
                copy.name = "copy\(index)"
                model.graph.initializer.append(copy)
            }
        }
        #expect(message.contains("far more data"))
    }

    @Test("subgraphs within subgraphs within subgraphs")
    func nesting() throws {
        var node = Onnx_NodeProto()
        (node.opType, node.output) = ("Identity", ["inner"])
        for level in 0..<200 {
            var graph = Onnx_GraphProto()
            graph.node = [node]
            var attribute = Onnx_AttributeProto()
            (attribute.name, attribute.type, attribute.g) = ("body", .graph, graph)
            node = Onnx_NodeProto()
            (node.opType, node.output, node.attribute) = ("Loop", ["level\(level)"], [attribute])
        }
        let message = try refusal { $0.graph.node.append(node) }
        #expect(message.contains("damaged"))
    }

    @Test("a constant that would be computed without end stays uncomputed")
    func computedConstants() throws {
        var graph = Graph(name: "large")
        let shape = try graph.addInput("x", TensorType(.float32, [1 << 20, 1 << 20]))
        let small = try graph.addParameter("one", Tensor([1.0 as Float], shape: []))
        let sum = try graph.addNode(OperatorTable.make("Add"), [shape, small], name: "sum")
        let two = try graph.addNode(OperatorTable.make("Add"), [small, small], name: "two")
        #expect(graph[sum[0]].constant == nil)
        #expect(try graph[two[0]].constant?.doubles() == [2])
    }
}
