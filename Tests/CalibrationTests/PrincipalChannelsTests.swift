import Analysis
import AnalysisSupport
import Calibration
import Compression
import Coupling
import Foundation
import Graph
import NetworkSupport
import Testing
import Torch

@Suite("Linear spaces and their principal channels")
struct PrincipalChannelsTests {
    /// Blocks whose last layers have no activation and are added up, as in MobileNetV2.
    private func blocks(rectified: Bool, count: Int = 2) throws -> Graph {
        var sketch = try Sketch(input: [2, 3, 8, 8])
        func layer(_ name: String, _ features: ValueID, _ outputs: Int, kernel: Int = 1) throws -> ValueID {
            let inputs = sketch.graph[features].type.shape[1]
            return try sketch.node(
                "Conv", name,
                [
                    features, sketch.parameter(name + ".weight", [outputs, inputs, kernel, kernel]),
                    sketch.parameter(name + ".bias", [outputs]),
                ], ["pads": .integers([Int](repeating: kernel / 2, count: 4))])
        }
        var stream = try layer("stem", sketch.input, 6, kernel: 3)
        for block in 0..<count {
            let wide = try sketch.node("Relu", "wide\(block)", [layer("expand\(block)", stream, 10)])
            let narrow = try layer("project\(block)", wide, 6)
            stream = try sketch.node("Add", "sum\(block)", [stream, narrow])
            if rectified { stream = try sketch.node("Relu", "stream\(block)", [stream]) }
        }
        let answer = try layer("head", stream, 4)
        sketch.finish([answer])
        return sketch.graph
    }

    private func calibration(_ shape: [Int]) throws -> Calibration {
        Calibration(images: try (1...6).map { [try Tensor(random: .normal, shape: shape, seed: $0)] })
    }

    @Test(
        "a head is two spaces: its queries and keys, and its values",
        arguments: [.fused, .split] as [Sketch.Projection])
    func heads(projection: Sketch.Projection) throws {
        let network = try AnalysedNetwork(Sketch.transformer(projection), folding: .exact).readingHeads()
        let groups = network.coupling.groups.filter { $0.width == 6 }
        // One weight for all ties the widths of keys and values.
        #expect(groups.count == (projection == .fused ? 2 : 4))
        let spaces = try network.linearSpaces(of: network.coupling.groups)
        #expect(Set(spaces.map(\.group)) == Set(groups.map(\.index)))
        #expect(spaces.count == 16)
        #expect(spaces.count { if case .products = $0.readers { true } else { false } } == 8)
    }

    @Test("where something is not linear there are none, and whole heads are channels")
    func otherwise() throws {
        let turned = try AnalysedNetwork(Sketch.transformer(.grouped), folding: .exact)
        #expect(try turned.readingHeads().groupWidths == turned.groupWidths)
        let rectified = try AnalysedNetwork(blocks(rectified: true))
        let group = try #require(rectified.coupling.groups.first { $0.width == 6 })
        #expect(try rectified.linearSpaces(of: [group]).isEmpty)
    }

    @Test("an activation with a single slope is none that is linear")
    func slopes() throws {
        var sketch = try Sketch(input: [2, 3, 8, 8])
        let hidden = try sketch.convolution("a", sketch.input, outputs: 6)
        let slope = try sketch.parameter("slope", Tensor([Float(0.2)], shape: [1, 1, 1]))
        let rectified = try sketch.node("PRelu", "p", [hidden, slope])
        let doubled = try sketch.node(
            "Mul", "m", [rectified, sketch.parameter("two", Tensor([Float(2)], shape: [1]))])
        try sketch.classifier(doubled)
        let network = try AnalysedNetwork(sketch.graph)
        #expect(network.groupWidths == [6])
        #expect(try network.linearSpaces(of: network.coupling.groups).isEmpty)
    }

    @Test("changed bases give the same outputs", arguments: [.fused, .split, nil] as [Sketch.Projection?])
    func exact(projection: Sketch.Projection?) throws {
        let graph = try projection.map { try Sketch.transformer($0) } ?? blocks(rectified: false)
        let network = try AnalysedNetwork(graph, folding: .exact).readingHeads()
        let shape = graph[graph.inputs[0]].type.shape
        let found = try PrincipalChannels(on: calibration(shape), of: network, seed: 0)
            .bases(of: Set(network.coupling.groups.map(\.index))) { _ in }.map(\.change)
        #expect(found.count == (projection == nil ? 1 : 16))
        let changed = try network.changing(found)
        let input = try Tensor(random: .normal, shape: shape, seed: 77)
        #expect(try relativeDifference(changed.logits(input), graph.logits(input)) < orderTolerance)
        for lanes in found.flatMap(\.lanes) {
            let name = lanes.member.parameter
            #expect(
                try relativeDifference(changed.parameter(name), graph.parameter(name)) > roundingTolerance)
        }
    }

    @Test("the last principal channels can go at less loss than any given ones")
    func least() throws {
        let graph = try blocks(rectified: false, count: 0)
        let network = try AnalysedNetwork(graph, folding: .exact)
        let group = try #require(network.coupling.groups.first { $0.width == 6 })
        let calibration = try calibration([2, 3, 8, 8])
        let found = try PrincipalChannels(on: calibration, of: network, seed: 0).bases(of: [group.index]) {
            _ in
        }
        let change = try #require(found.first?.change)
        #expect(found.count == 1)
        #expect(change.shares == change.shares.sorted(by: >))
        #expect(abs(change.shares.reduce(0, +) - 1) < 1e-9)
        let inputs = try (1...6).map { try Tensor(random: .normal, shape: [2, 3, 8, 8], seed: $0) }
        /// The mean squared error of the outputs after keeping some channels, compensated by measured moments.
        func error(_ graph: Graph, keeping kept: [Int]) throws -> Double {
            let network = try AnalysedNetwork(graph)
            let moments = try MeasuredMoments(on: calibration, of: network).moments(adding: NetworkMoments())
            let told = AnalysedNetwork(network, moments: moments)
            let group = try #require(told.coupling.groups.first { $0.width == 6 })
            let map = try CompensatedDeletionRule().channelMap(
                MergeContext(group: group, network: told, kept: kept) { throw CompressionError("no plan") })
            let small = try told.applying(map, to: group)
            return try inputs.reduce(0) {
                let difference = try small.logits($1).subtracting(graph.logits($1))
                return try $0 + difference.multiplied(by: difference).doubles().reduce(0, +)
            }
        }
        let principal = try error(network.changing([change]), keeping: Array(0..<4))
        for first in 0..<6 {
            for second in (first + 1)..<6 {
                let kept = (0..<6).filter { $0 != first && $0 != second }
                #expect(try principal <= error(graph, keeping: kept))
            }
        }
    }

    @Test(
        "what outputs see decides: of two channels that one layer reads alike, the one that nothing depends on goes"
    )
    func outputs() throws {
        var sketch = try Sketch(input: [4, 3, 8, 8])
        let hidden = try sketch.convolution("first", sketch.input, outputs: 6)
        // Each of the second layer's outputs reads one channel; the third layer reads only the first three of these.
        let identity = try Tensor.identity(6).reshaped([6, 6, 1, 1]).converted(to: .float32)
        let second = try sketch.node(
            "Conv", "second", [hidden, sketch.parameter("second.weight", identity)])
        let seen = try Tensor((0..<4).flatMap { _ in [1, 1, 1, 0, 0, 0] as [Float] }, shape: [4, 6, 1, 1])
        let weight = try Tensor(random: .normal, shape: [4, 6, 1, 1], seed: 5).multiplied(by: seen)
        let third = try sketch.node(
            "Conv", "third",
            [sketch.node("Relu", "rectified", [second]), sketch.parameter("third.weight", weight)])
        try sketch.classifier(third)
        let network = try AnalysedNetwork(sketch.graph)
        let group = try #require(network.coupling.groups.last)
        let found = try PrincipalChannels(on: calibration([4, 3, 8, 8]), of: network, seed: 0).bases(of: [
            group.index
        ]) { _ in }
        let change = try #require(found.first?.change)
        // Of the first three principal channels, the last three given ones make up little.
        let squares = change.matrix.map { $0 * $0 }
        let unseen = (0..<3).flatMap { row in (3..<6).map { squares[6 * row + $0] } }.reduce(0, +)
        #expect(unseen < 0.25 * squares.prefix(18).reduce(0, +))
    }

    @Test("a change of bases survives being stored, and what does not fit is refused")
    func stored() throws {
        let network = try AnalysedNetwork(Sketch.transformer(.fused), folding: .exact).readingHeads()
        let all = Set(network.coupling.groups.map(\.index))
        let found = try PrincipalChannels(on: calibration([1, 5, 3]), of: network, seed: 0)
            .bases(of: all) { _ in }.map(\.change)
        #expect(!found.isEmpty)
        let data = try JSONEncoder().encode(found)
        let read = try JSONDecoder().decode([BasisChange].self, from: data)
        #expect(read == found)
        let other = try AnalysedNetwork(blocks(rectified: false))
        #expect(throws: CompressionError.self) { try other.changing(read) }
        let text = try #require(String(data: data, encoding: .utf8))
        let cut = Data(text.replacing("\"shares\":[", with: "\"shares\":[0.5,").utf8)
        #expect(throws: CompressionError.self) { try JSONDecoder().decode([BasisChange].self, from: cut) }
    }
}
