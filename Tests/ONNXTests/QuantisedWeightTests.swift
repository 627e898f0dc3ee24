import AnalysisSupport
import Compression
import Coupling
import Foundation
import Graph
import ONNX
import OptimalTransport
import Testing
import Torch

@Suite("weights that are stored as integers")
struct QuantisedWeightTests {
    /// Two convolutions of quantised tensors: between nodes, or as operators of their own.
    private func sketch(asOperators: Bool) throws -> ModelSketch {
        var sketch = ModelSketch(operatorSet: 17)
        sketch.input("x", [1, 3, 6, 6])
        func store(_ name: String, _ tensor: Tensor, _ element: Int32) throws {
            sketch.messages.graph.initializer.append(try ModelSketch.tensor(name, tensor, element: element))
        }
        func integers(_ shape: [Int], _ seed: UInt64, _ type: DType, reach: Double) throws -> Tensor {
            let span = 2 * Int(reach) + 1
            let numbers = (0..<shape.reduce(1, *)).map { index in
                Double((index * 7919 + Int(seed) * 104_729) % span) - reach
            }
            return try Tensor(numbers, shape: shape).converted(to: type)
        }
        try store("activation.scale", Tensor([Float(0.05)], shape: []), 1)
        try store("activation.zero", Tensor([UInt8(128)], shape: []), 2)
        for (name, shape, seed) in [("first", [8, 3, 3, 3], UInt64(3)), ("second", [4, 8, 1, 1], 5)] {
            let count = shape[0]
            let scales = (0..<count).map { Float(0.001 * Double($0 + 1)) }
            try store("\(name).weight", integers(shape, seed, .int8, reach: 127), 3)
            try store("\(name).scale", Tensor(scales), 1)
            try store("\(name).zero", Tensor(repeating: 0, shape: [count], type: .int8), 3)
            try store("\(name).bias", integers([count], seed + 1, .int32, reach: 3000), 6)
            try store("\(name).bias.scale", Tensor(scales.map { $0 * 0.05 }), 1)
        }
        let grid = ["activation.scale", "activation.zero"]
        sketch.node("QuantizeLinear", ["x"] + grid, ["q0"])
        for (index, name) in ["first", "second"].enumerated() {
            let (from, to) = ("q\(index)", "q\(index + 1)")
            if asOperators {
                sketch.node(
                    "QLinearConv",
                    [from] + grid + ["\(name).weight", "\(name).scale", "\(name).zero"] + grid + [
                        "\(name).bias"
                    ],
                    [to])
            } else {
                sketch.node("DequantizeLinear", [from] + grid, ["\(name).input"])
                sketch.node(
                    "DequantizeLinear", ["\(name).weight", "\(name).scale", "\(name).zero"],
                    ["\(name).numbers"],
                    ["axis": [0]])
                sketch.node(
                    "DequantizeLinear", ["\(name).bias", "\(name).bias.scale"], ["\(name).offsets"],
                    ["axis": [0]])
                sketch.node(
                    "Conv", ["\(name).input", "\(name).numbers", "\(name).offsets"], ["\(name).result"])
                sketch.node("QuantizeLinear", ["\(name).result"] + grid, [to])
            }
        }
        sketch.node("DequantizeLinear", ["q2"] + grid, ["y"])
        sketch.output("y")
        return sketch
    }

    private func stored(_ bytes: Data) throws -> [String: Tensor] {
        let graph = try ONNXMessages.parsed(bytes).graph
        let tensors = try graph.initializer.map { message in
            let type: DType = [1: .float32, 2: .uint8, 3: .int8, 6: .int32][message.dataType] ?? .float64
            return (
                message.name,
                try message.rawData.withUnsafeBytes {
                    try Tensor(bytes: $0, shape: message.dims.map { Int($0) }, type: type)
                }
            )
        }
        return Dictionary(uniqueKeysWithValues: tensors)
    }

    private func output(_ graph: Graph) throws -> Tensor {
        let input = try Tensor(random: .normal, shape: [1, 3, 6, 6], seed: 9)
        return try Executor(graph).run([input])[0]
    }

    @Test("channels that go leave the integers of the others as they are", arguments: [false, true])
    func deletion(asOperators: Bool) throws {
        let model = try sketch(asOperators: asOperators).model()
        let coupling = try Coupling(model.graph)
        let group = try #require(coupling.groups.first { $0.width == 8 })
        let kept = [0, 2, 3, 6, 7]
        let small = try Deletion.keeping(kept, of: group, in: model.graph, coupling)
        #expect(try model.requantisation(of: small) == nil)
        let bytes = try model.data(of: small)
        let (before, after) = (try stored(model.data(of: model.graph)), try stored(bytes))
        for (name, axis) in [
            ("first.weight", 0), ("first.scale", 0), ("first.bias", 0), ("second.weight", 1),
        ] {
            let expected = try #require(before[name]).selecting(axis: axis, kept)
            let found = try #require(after[name], "\(after.keys.sorted())")
            #expect(found.type == expected.type && found.shape == expected.shape)
            #expect(try found.bytes() == expected.bytes(), "\(name)")
        }
        let again = try ONNXModel(bytes)
        let wanted = try output(Deletion.ignoring(kept, of: group, in: model.graph))
        #expect(try distance(output(again.graph), wanted) == 0)
        #expect(try distance(output(model.graph), wanted) > 0.01)
    }

    @Test("merged weights are integers again, by scales of their new range", arguments: [false, true])
    func merging(asOperators: Bool) throws {
        let model = try sketch(asOperators: asOperators).model()
        let coupling = try Coupling(model.graph)
        let group = try #require(coupling.groups.first { $0.width == 8 })
        // Channels 0 and 1 become their mean, read by the sum of what read them.
        let kept = [0, 2, 3, 4, 5, 6, 7]
        let mean = try SparseMatrix(
            rows: 7, columns: 8,
            entries: [
                SparseMatrix.Entry(row: 0, column: 0, value: 0.5), .init(row: 0, column: 1, value: 0.5),
            ]
                + (1..<7).map { SparseMatrix.Entry(row: $0, column: $0 + 1, value: 1) })
        let sum = try SparseMatrix(
            rows: 8, columns: 7,
            entries: [SparseMatrix.Entry(row: 0, column: 0, value: 1), .init(row: 1, column: 0, value: 1)]
                + (1..<7).map { SparseMatrix.Entry(row: $0 + 1, column: $0, value: 1) })
        let map = try ChannelMap(
            kept: kept, producer: mean, perChannel: mean,
            consumers: group.members(.consumer).map {
                ChannelMap.Consumer(parameter: $0.name, axis: $0.axis, matrix: sum)
            })
        let merged = try model.graph.applying(map, to: group, of: coupling)
        let cost = try #require(try model.requantisation(of: merged))
        #expect(cost.weights >= 2 && cost.relativeError > 0 && cost.relativeError < 0.01)
        let bytes = try model.data(of: merged)
        let tensors = try stored(bytes)
        #expect(tensors["first.weight"]?.type == .int8 && tensors["first.weight"]?.shape == [7, 3, 3, 3])
        #expect(tensors["second.weight"]?.type == .int8 && tensors["second.weight"]?.shape == [4, 7, 1, 1])
        let again = try ONNXModel(bytes)
        // A step of the activations' grid is 0.05.
        #expect(try distance(output(again.graph), output(merged)) <= 0.11)
        for parameter in merged.parameters.map({ merged[$0] }) where parameter.type.shape.count == 4 {
            let id = try #require(again.graph.value(named: parameter.name))
            let (found, wanted) = (try #require(again.graph[id].tensor), try #require(parameter.tensor))
            #expect(try distance(found, wanted) < 0.005)
        }
    }
}
