import Coupling
import Foundation
import Graph
import ONNX
import Testing
import Torch

@Suite("weights of a few bits in blocks")
struct BlockQuantisedWeightTests {
    private static let (bits, block) = (4, 16)
    private static let layers = [("first", 24, 40), ("second", 40, 5)]

    private static func bytes(_ count: Int, _ seed: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: ($0 * 7919 + seed * 104_729) >> 3) }
    }

    private static func scales(_ count: Int) -> [Float] { (0..<count).map { 0.01 + 0.003 * Float($0 % 7) } }

    /// Two products with a rectification between them; inputs of the second are three blocks, the last one half full.
    private func sketch(hasZeros: Bool) throws -> ModelSketch {
        var sketch = ModelSketch(operatorSet: 17)
        var version = Onnx_OperatorSetIdProto()
        (version.domain, version.version) = ("com.microsoft", 1)
        sketch.messages.opsetImport.append(version)
        sketch.input("x", [3, 24])
        func store(_ name: String, _ tensor: Tensor, _ element: Int32) throws {
            sketch.messages.graph.initializer.append(try ModelSketch.tensor(name, tensor, element: element))
        }
        for (index, (name, columns, rows)) in Self.layers.enumerated() {
            let blocks = (columns + Self.block - 1) / Self.block
            try store(
                "\(name).codes", Tensor(Self.bytes(rows * blocks * 8, index), shape: [rows, blocks, 8]), 2)
            try store("\(name).scales", Tensor(Self.scales(rows * blocks), shape: [rows, blocks]), 1)
            let width = (blocks + 1) / 2
            if hasZeros {
                try store(
                    "\(name).zeros", Tensor(Self.bytes(rows * width, index + 5), shape: [rows, width]), 2)
            }
            var node = ModelSketch.node(
                "MatMulNBits",
                [index == 0 ? "x" : "r", "\(name).codes", "\(name).scales"]
                    + (hasZeros ? ["\(name).zeros"] : []),
                [index == 0 ? "h" : "y"],
                [
                    "K": [Int64(columns)], "N": [Int64(rows)], "bits": [4], "block_size": [16],
                    "accuracy_level": [4],
                ])
            node.domain = "com.microsoft"
            sketch.messages.graph.node.append(node)
            if index == 0 { sketch.node("Relu", ["h"], ["r"]) }
        }
        sketch.output("y")
        return sketch
    }

    /// The weight [columns, rows] by the format's description.
    private func weight(_ layer: Int, hasZeros: Bool) -> [Float] {
        let (_, columns, rows) = Self.layers[layer]
        let blocks = (columns + Self.block - 1) / Self.block
        let codes = Self.bytes(rows * blocks * 8, layer)
        let width = (blocks + 1) / 2
        let (zeros, scales) = (Self.bytes(rows * width, layer + 5), Self.scales(rows * blocks))
        func half(_ byte: UInt8, _ place: Int) -> Int { Int(place % 2 == 0 ? byte & 15 : byte >> 4) }
        return (0..<columns).flatMap { column in
            (0..<rows).map { row in
                let (block, place) = (column / Self.block, column % Self.block)
                let zero = hasZeros ? half(zeros[row * width + block / 2], block) : 8
                let code = half(codes[(row * blocks + block) * 8 + place / 2], place)
                return Float(code - zero) * scales[row * blocks + block]
            }
        }
    }

    private func output(_ graph: Graph) throws -> Tensor {
        try Executor(graph).run([Tensor(random: .normal, shape: [3, 24], seed: 9)])[0]
    }

    @Test("they are read as numbers, and written unchanged", arguments: [false, true])
    func reading(hasZeros: Bool) throws {
        let model = try sketch(hasZeros: hasZeros).model()
        let layers = model.graph.parameters.map { model.graph[$0] }.filter { $0.type.shape.count == 2 }
        #expect(layers.map(\.type.shape) == [[24, 40], [40, 5]])
        for (index, layer) in layers.enumerated() {
            let found = try #require(layer.tensor).floats()
            #expect(zip(found, weight(index, hasZeros: hasZeros)).allSatisfy { abs($0 - $1) < 1e-6 })
        }
        let again = try ONNXMessages.parsed(model.data(of: model.graph))
        #expect(again.graph.node.map(\.opType) == ["MatMulNBits", "Relu", "MatMulNBits"])
        #expect(again.graph.initializer.count == (hasZeros ? 6 : 4))
    }

    @Test(
        "without whole blocks or rows they stay as they are, without other channels they are rounded",
        arguments: [false, true])
    func deletion(hasZeros: Bool) throws {
        let model = try sketch(hasZeros: hasZeros).model()
        let coupling = try Coupling(model.graph)
        let group = try #require(coupling.groups.first { $0.width == 40 })
        for (kept, isExact) in [
            (Array(0..<16) + Array(32..<40), true), (Array(stride(from: 0, to: 40, by: 3)), false),
        ] {
            let small = try Deletion.keeping(kept, of: group, in: model.graph, coupling)
            let cost = try model.requantisation(of: small)
            #expect(
                isExact ? cost == nil : (0.001..<0.2).contains(cost?.relativeError ?? 0), "\(cost as Any)")
            let bytes = try model.data(of: small)
            let nodes = try ONNXMessages.parsed(bytes).graph.node
            #expect(nodes.map(\.opType) == ["MatMulNBits", "Relu", "MatMulNBits"])
            #expect(nodes[2].attribute.first { $0.name == "K" }?.i == Int64(kept.count))
            #expect(nodes[0].attribute.first { $0.name == "N" }?.i == Int64(kept.count))
            #expect(nodes[0].attribute.contains { $0.name == "accuracy_level" && $0.i == 4 })
            let again = try output(ONNXModel(bytes).graph)
            let wanted = try output(Deletion.ignoring(kept, of: group, in: model.graph))
            #expect(try distance(again, wanted) < (isExact ? 1e-5 : 0.3 * wanted.doubles().map(abs).max()!))
        }
    }
}
