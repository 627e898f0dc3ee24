import Analysis
import AnalysisSupport
import Compression
import Coupling
import Datasets
import Graph
import Importance
import NetworkSupport
import Testing
import Torch

/// What every registered criterion must do, whatever it measures.
@Suite("Every criterion")
struct EveryCriterionTests {
    /// A scorer over two batches of noise that fits the network.
    private func scorer(_ name: String, _ graph: Graph, original: Graph? = nil) throws -> ImportanceScorer {
        try ImportanceScorer(
            ImportanceRegistry.criterion(named: name),
            statistics: NetworkStatistics(
                images: MeasuredNetwork(graph).images,
                network: original.map { try AnalysedNetwork($0, folding: .exact) }))
    }

    private func scores(_ scorer: ImportanceScorer, _ group: CoupledGroup, _ graph: Graph) throws -> [Double]
    {
        try scorer.scores(of: group, in: graph, features: ChannelFeatures(group, in: graph))
    }

    @Test(
        "every group of networks of every kind has finite scores that tell its channels apart",
        arguments: ImportanceRegistry.names,
        ["vgg11_bn", "resnet18", "torchvision_resnext50_32x4d"])
    func networks(name: String, network: String) throws {
        let original = try NetworkCase(name: network).network()
        let graph = try BatchNormFolding.exact.folded(original)
        let scorer = try scorer(name, graph, original: original)
        for group in try Coupling(graph).groups {
            let found = try scores(scorer, group, graph)
            #expect(found.count == group.width && found.allSatisfy { $0.isFinite && $0 >= 0 })
            if group.width > 2 { #expect(Set(found).count > 1, "group \(group.index)") }
        }
    }

    /// A network with a convolution of `width` channels, a batch-norm behind it, and a flattened or averaged map.
    private func network(
        width: Int, pooled: Bool = false, _ change: (String, [Float]) -> [Float] = { $1 }
    ) throws -> (graph: Graph, group: CoupledGroup) {
        var sketch = try Sketch(input: [1, 2, 3, 3])
        let first = try sketch.convolution("first", sketch.input, outputs: width)
        var features = try sketch.node("Relu", "relu", [sketch.normalisation("norm", first)])
        if pooled { features = try sketch.node("GlobalAveragePool", "pool", [features]) }
        let flat = try sketch.node("Flatten", "flatten", [features])
        try sketch.finish([sketch.linear("linear", flat, outputs: 3)])
        var tensors: [ValueID: Tensor] = [:]
        for id in sketch.graph.parameters {
            guard let tensor = sketch.graph[id].tensor else { continue }
            tensors[id] = try Tensor(change(sketch.graph[id].name, tensor.floats()), shape: tensor.shape)
        }
        let graph = try sketch.graph.replacing(parameters: tensors)
        return (graph, try Coupling(graph).group(0))
    }

    @Test("a group of one channel has one finite score", arguments: ImportanceRegistry.names)
    func single(name: String) throws {
        let (graph, group) = try network(width: 1, pooled: true)
        let found = try scores(scorer(name, graph), group, graph)
        #expect(found.count == 1 && found[0].isFinite && found[0] >= 0)
        #expect(ImportanceScorer.mostImportant(found, count: 1) == [0])
    }

    @Test("a channel without weights scores 0 and the others more", arguments: ImportanceRegistry.names)
    func dead(name: String) throws {
        let (graph, group) = try network(width: 4) { name, values in
            let perChannel = name == "first.weight" ? 18 : 9
            guard name.hasSuffix(".weight"), name != "norm.weight" else { return values }
            return values.enumerated().map { $0 / perChannel % 4 == 2 ? 0 : $1 }
        }
        let found = try scores(scorer(name, graph), group, graph)
        #expect(found[2] == 0)
        #expect(found.indices.allSatisfy { $0 == 2 || found[$0] > 0 }, "\(found)")
        #expect(ImportanceScorer.mostImportant(found, count: 3) == [0, 1, 3])
    }

    @Test("a group of dead channels has zeros", arguments: ImportanceRegistry.names)
    func allDead(name: String) throws {
        let (graph, group) = try network(width: 3) { name, values in
            name == "first.weight" || name == "linear.weight" ? values.map { _ in 0 } : values
        }
        #expect(try scores(scorer(name, graph), group, graph) == [0, 0, 0])
    }

    /// Not for `output_error`: of two equal channels the second one adds nothing to the first.
    @Test(
        "channels that are all the same have scores that are",
        arguments: ImportanceRegistry.names.filter { !["random", "output_error"].contains($0) })
    func equal(name: String) throws {
        let (graph, group) = try network(width: 3) { name, values in
            let perChannel = ["first.weight": 18, "linear.weight": 9][name] ?? 1
            if name == "linear.bias" { return values }
            return values.indices.map { index in
                let channel = index / perChannel % 3
                return values[index - channel * perChannel]
            }
        }
        let found = try scores(scorer(name, graph), group, graph)
        // One map's rounding differs from the other's.
        #expect(difference(found, found.map { _ in found[0] }) <= 1e-4, "\(found)")
    }

    @Test(
        "a network that takes one image at a time has the scores of one that takes a batch",
        arguments: ImportanceRegistry.criteria.filter { $0.needsImages }.map { $0.name })
    func oneAtATime(name: String) throws {
        let network = try MeasuredNetwork()
        func found(_ samplesAtOnce: Int?) throws -> [[Double]] {
            let images = try ScoringImages(
                network.images.images, batches: MeasuredNetwork.batches,
                batchSize: MeasuredNetwork.batchSize, samplesAtOnce: samplesAtOnce)
            let scorer = ImportanceScorer(
                try ImportanceRegistry.criterion(named: name), statistics: NetworkStatistics(images: images))
            return try Coupling(network.graph).groups.map { try scores(scorer, $0, network.graph) }
        }
        for (one, batch) in zip(try found(1), try found(nil)) {
            #expect(difference(one, batch) <= 1e-5, "\(one), \(batch)")
        }
        #expect(throws: ImportanceError.self) { _ = try found(2) }
    }

    @Test("every summary says something of its own, and only images make --batches matter")
    func summaries() {
        #expect(Set(ImportanceRegistry.criteria.map { $0.summary }).count == ImportanceRegistry.names.count)
        #expect(ImportanceRegistry.names.first == "l1")
    }
}
