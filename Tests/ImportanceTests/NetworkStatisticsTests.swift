import Analysis
import AnalysisSupport
import Compression
import Coupling
import Datasets
import Graph
import Importance
import NetworkSupport
import Synchronization
import Testing
import Torch

@Suite("Measurements of networks")
struct NetworkStatisticsTests {
    private static let names = ["taylor", "taylor_multivariable", "fisher", "chip", "activation"]

    /// A measurement that knows how often it was made, by the graph's name.
    private struct Counted: NetworkMeasurement {
        static let counts = Mutex<[String: Int]>([:])
        let parameters: Int

        init(_ network: AnalysedNetwork, on images: ScoringImages) {
            let graph = network.graph
            parameters = graph.parameterCount
            Self.counts.withLock { $0[graph.name, default: 0] += 1 }
        }
    }

    @Test("a network is measured once, another one anew, and never the wrong one is returned")
    func once() throws {
        var network = try MeasuredNetwork()
        var named = network.graph
        named.name = "counted once"
        network = try MeasuredNetwork(named)
        let statistics = NetworkStatistics(images: network.images)
        func measured(_ graph: Graph) throws -> Int {
            try statistics.measurement(Counted.self, of: AnalysedNetwork(graph), for: TaylorImportance.self)
                .parameters
        }
        func count() -> Int { Counted.counts.withLock { $0["counted once"] ?? 0 } }
        for _ in 0..<3 { #expect(try measured(named) == named.parameterCount) }
        #expect(count() == 1)
        // A copy of the value is the same network.
        let copy = named
        #expect(try measured(copy) == named.parameterCount && count() == 1)
        let group = try network.group(producedBy: "d.weight")
        let small = try named.applying(
            GroupAnalysis(group, in: named, scorer: ImportanceScorer(L1Importance(options: .init())))
                .steps(kept: [0, 2], rules: [DeletionRule()])[0].map, to: group, of: Coupling(named))
        #expect(small.parameterCount < named.parameterCount)
        #expect(try measured(small) == small.parameterCount && count() == 2)
        #expect(try measured(small) == small.parameterCount && count() == 2)
        #expect(try measured(named) == named.parameterCount && count() == 3)
        // Equal shapes, another weight.
        let id = try #require(named.value(named: "a.weight"))
        let changed = try named.replacing(parameters: [
            id: named.parameter("a.weight").applying(.multiplied(2))
        ])
        #expect(try measured(changed) == named.parameterCount && count() == 4)
    }

    @Test("scores of a network that was compressed in between are its own", arguments: names)
    func compressed(name: String) throws {
        let network = try MeasuredNetwork()
        let scorer = try ImportanceRegistry.scorer(
            named: name,
            options: ImportanceOptions(
                batches: MeasuredNetwork.batches, batchSize: MeasuredNetwork.batchSize),
            images: network.images.images)
        func scores(_ graph: Graph, _ producer: String, _ scorer: ImportanceScorer) throws -> [Double] {
            let group = try MeasuredNetwork(graph).group(producedBy: producer)
            return try scorer.scores(of: group, in: graph, features: ChannelFeatures(group, in: graph))
        }
        let before = try scores(network.graph, "b.weight", scorer)
        let group = try network.group(producedBy: "d.weight")
        let small = try network.graph.applying(
            GroupAnalysis(group, in: network.graph, scorer: scorer)
                .steps(kept: [1, 4], rules: [DeletionRule()])[0].map, to: group,
            of: Coupling(network.graph))
        let after = try scores(small, "b.weight", scorer)
        let fresh = ImportanceScorer(
            scorer.criterion, statistics: NetworkStatistics(images: network.images))
        #expect(try scores(small, "b.weight", fresh) == after)
        // What lies behind b has changed: its gradients have, its own map has not.
        if name != "chip", name != "activation" { #expect(difference(after, before) > 1e-3) }
    }

    @Test("images that are missing, too few or of another size are errors that say what to do")
    func missing() throws {
        let network = try MeasuredNetwork()
        let group = try network.group(producedBy: "d.weight")
        let features = try ChannelFeatures(group, in: network.graph)
        for name in ImportanceRegistry.names {
            #expect(try ImportanceRegistry.needsImages(name) == Self.names.contains(name), "\(name)")
        }
        for name in Self.names {
            let bare = ImportanceScorer(try ImportanceRegistry.criterion(named: name))
            for body in [
                { try bare.scores(of: group, in: network.graph, features: features) },
                { try [Double(ImportanceRegistry.scorer(named: name).statistics.images?.count ?? 0)] },
            ] as [() throws -> [Double]] {
                let error = #expect(throws: ImportanceError.self) { try body() }
                for word in [name, "--data", "--batches"] {
                    #expect(error?.description.contains(word) == true, "\(word)")
                }
            }
        }
        let images = network.images.images
        for (batches, size) in [(0, 3), (-1, 3), (2, 0), (3, 3), (Int.max, 2)] {
            #expect(throws: ImportanceError.self, "\(batches) of \(size)") {
                try ScoringImages(images, batches: batches, batchSize: size)
            }
            #expect(throws: ImportanceError.self, "\(batches) of \(size)") {
                try ImportanceRegistry.scorer(
                    named: "taylor", options: ImportanceOptions(batches: batches, batchSize: size),
                    images: images)
            }
        }
        #expect(throws: Never.self) { try ScoringImages(images, batches: 7, batchSize: 1) }
        let others = try MeasuredNetwork.noise(ImageSize(channels: 3, height: 4, width: 4), classes: 3)
        let classes = try MeasuredNetwork.noise(ImageSize(channels: 2, height: 4, width: 4), classes: 4)
        for name in Self.names {
            for images in [others, classes] {
                let scorer = ImportanceScorer(
                    try ImportanceRegistry.criterion(named: name),
                    statistics: NetworkStatistics(images: images))
                #expect(throws: DatasetError.self, "\(name)") {
                    try scorer.scores(of: group, in: network.graph, features: features)
                }
            }
        }
    }
}
