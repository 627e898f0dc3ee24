import Analysis
import AnalysisSupport
import Compression
import Coupling
import Graph
import NetworkSupport
import Testing
import Torch

@Suite("Layers as products of two")
struct FactoredLayerTests {
    /// Layers of all kinds that can be products, the last of them an output.
    private func network() throws -> Graph {
        var sketch = try Sketch(input: [2, 16, 6, 6])
        let first = try sketch.convolution("first", sketch.input, outputs: 24)
        let second = try sketch.convolution(
            "second", sketch.node("Relu", "rectified", [first]), outputs: 20, bias: false)
        let pooled = try sketch.node("GlobalAveragePool", "pool", [sketch.node("Relu", "r", [second])])
        let flat = try sketch.node("Flatten", "flatten", [pooled])
        // Many outputs of few inputs, and the other way round.
        let wide = try sketch.node("Relu", "wide", [sketch.linear("widening", flat, outputs: 100)])
        let weight = try sketch.parameter("narrowing.weight", [100, 16])
        sketch.finish([try sketch.node("MatMul", "answer", [wide, weight])])
        return sketch.graph
    }

    @Test("a factored network computes the same, costs the same, and numbers its groups the same")
    func exact() throws {
        let graph = try network()
        let whole = try AnalysedNetwork(graph)
        let factored = try whole.factored(savingWork: false)
        #expect(factored.factoredLayers.count == 4)
        let input = try Tensor(random: .normal, shape: [3, 16, 6, 6], seed: 4)
        #expect(try relativeDifference(factored.graph.logits(input), graph.logits(input)) < orderTolerance)
        #expect(factored.graph[factored.graph.outputs[0]].name == "answer")
        #expect(factored.ownGroups.map(\.width) == whole.groupWidths)
        #expect(
            zip(factored.ownGroups, whole.coupling.groups).allSatisfy {
                $0.members(.producer).map(\.name) == $1.members(.producer).map(\.name)
            })
        #expect(factored.groupWidths.suffix(4).sorted() == [16, 20, 20, 24])
        let costs = try factored.costs()
        #expect(costs.cost(costs.dense) == NetworkCost(of: graph))
    }

    @Test("what saves nothing becomes one layer again: the same weights, names and operators")
    func joined() throws {
        let graph = try network()
        let factored = try AnalysedNetwork(graph).factored(savingWork: false)
        #expect(factored.idleFactors(in: factored.graph).count == 4)
        let joined = try factored.joining(factored.factoredLayers)
        #expect(joined.factoredLayers.isEmpty)
        #expect(try joined.graph.differences(from: graph).isEmpty)
        #expect(joined.graph.nodes.map(\.name) == graph.nodes.map(\.name))
        #expect(joined.graph.nodes.map(\.type) == graph.nodes.map(\.type))
    }

    @Test("costs at narrower widths are those of the network with pairs that are worth it")
    func costs() throws {
        let factored = try AnalysedNetwork(network()).factored(savingWork: false)
        let costs = try factored.costs()
        var generator = SplitMixGenerator(seed: 3)
        for round in 0..<8 {
            let widths = factored.groupWidths.map {
                Int.random(in: max(1, $0 / (1 + round))...$0, using: &generator)
            }
            let cut = try factored.applying(
                factored.coupling.groups.map {
                    (
                        map: try ChannelMap(
                            deletingAllBut: Array(0..<widths[$0.index]), of: $0, in: factored.graph),
                        group: $0
                    )
                })
            let idle = factored.idleFactors(in: cut)
            #expect(try costs.cost(widths) == NetworkCost(of: factored.joining(idle, in: cut)), "\(widths)")
            let between = factored.coupling.groups.dropFirst(factored.ownGroups.count)
            #expect(between.count { costs.isIdle($0.index, widths) } == idle.count)
        }
    }

    @Test("layers that are small, or would have to lose much before anything is saved, stay whole")
    func whole() throws {
        var sketch = try Sketch(input: [1, 32, 6, 6])
        let square = try sketch.convolution("square", sketch.input, outputs: 32, kernel: 1)
        let narrow = try sketch.convolution("narrow", square, outputs: 8)
        try sketch.classifier(narrow)
        let network = try AnalysedNetwork(sketch.graph)
        #expect(try network.factored(savingWork: false).factoredLayers.isEmpty)
    }
}
