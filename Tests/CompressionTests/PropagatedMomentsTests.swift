import Analysis
import AnalysisSupport
import Calibration
import Compression
import Coupling
import Datasets
import Graph
import Importance
import Models
import NetworkSupport
import Testing
import Torch

@Suite("Merges by propagated and by made-up moments")
struct PropagatedMomentsTests {
    private static let scorer = ImportanceScorer(L1Importance(options: ImportanceOptions()))
    /// What the ridge and the gain may change, relative to the greatest output.
    private static let ridgeTolerance = 0.03

    private func propagated(_ graph: Graph) throws -> NetworkMoments {
        try PropagatedMoments(of: AnalysedNetwork(graph))
            .moments(adding: NetworkMoments(batchNormsOf: graph, foldedInto: graph))
    }

    @Test(
        "duplicated channels are merged without loss but for the ridge",
        arguments: ["mlp", "vgg11_bn", "resnet18"].map(NetworkCase.init),
        [MomentMatchedRule.name, CompensatedDeletionRule.name])
    func duplicates(_ network: NetworkCase, rule name: String) throws {
        let seed: UInt64 = 3
        var generator = SplitMixGenerator(seed: seed)
        let graph = try BatchNormFolding.exact.folded(network.network())
        let doubled = try network.doubling(graph)
        let images = try network.images()
        let expected = try graph.logits(images)
        #expect(try spread(expected) > leastSpread)
        let rule = try MergeRuleRegistry.rule(named: name)
        let moments = try propagated(doubled)
        let merged = try doubled.mappingEveryGroup { group, current in
            let kept = (0..<(group.width / 2)).map { 2 * $0 + Int.random(in: 0...1, using: &generator) }
            let analysis = try GroupAnalysis(group, in: current, scorer: Self.scorer, moments: moments)
            let step = try analysis.steps(kept: kept, rules: [rule])[0]
            if name == CompensatedDeletionRule.name {
                #expect(step.map.consumers.allSatisfy { $0.source == .propagation })
            }
            return step.map
        }
        #expect(merged.parameterCount < doubled.parameterCount)
        #expect(
            try relativeDifference(merged.logits(images), expected) <= Self.ridgeTolerance, "seed \(seed)")
    }

    @Test("the choice is among all forms, goes by their errors, and says what told them")
    func choice() throws {
        let network = NetworkCase(name: "vgg11_bn")
        let graph = try BatchNormFolding.exact.folded(network.network())
        let moments = try propagated(graph)
        var chosen: Set<MergeCandidate.Form> = []
        for group in try Coupling(graph).groups {
            let analysis = try GroupAnalysis(group, in: graph, scorer: Self.scorer, moments: moments)
            let step = try analysis.steps(
                kept: analysis.kept(Sparsity(0.5)), rules: [MomentMatchedRule()])[0]
            let candidates = try #require(step.candidates)
            #expect(candidates.map(\.form) == [.deleted, .selected, .averaged, .normPreserving])
            #expect(candidates.allSatisfy { $0.basis == .moments && $0.error != nil })
            let choice = try #require(candidates.first { $0.isChosen })
            let error = try #require(choice.error)
            chosen.insert(choice.form)
            #expect(choice.form != .deleted)
            if choice.form != .selected {
                for other in candidates where [.deleted, .normPreserving].contains(other.form) {
                    #expect(try error <= #require(other.error))
                }
            }
            let isMatched = [.selected, .averaged].contains(choice.form)
            #expect(step.map.consumers.allSatisfy { $0.source == (isMatched ? .propagation : .weights) })
        }
        #expect(!chosen.isDisjoint(with: [.selected, .averaged]))
    }

    @Test("synthetic inputs tell means and deviations of what is not known, and only of that")
    func measured() throws {
        var sketch = try Sketch(input: [1, 3, 4, 4])
        var features = try sketch.convolution("a", sketch.input, outputs: 6)
        features = try sketch.node("Relu", "first", [sketch.normalisation("norm", features)])
        features = try sketch.node("Relu", "second", [sketch.convolution("b", features, outputs: 5)])
        try sketch.classifier(features)
        let graph = try BatchNormFolding.exact.folded(sketch.graph)
        let known = try NetworkMoments(batchNormsOf: sketch.graph, foldedInto: graph)
        let images = try Tensor(random: .normal, shape: [8, 3, 4, 4], seed: 2)
        let all = try MeasuredProducers(
            on: Calibration(images: [[images]]), of: AnalysedNetwork(graph)
        ).moments(adding: known)
        #expect(all.channels["a"] == known.channels["a"] && all.channels["a"]?.source == .batchNorm)
        let found = try #require(all.channels["b"])
        #expect(found.source == .synthetic)
        var cut = graph
        let value = try #require(graph.value(named: "b"))
        cut.setOutputs([value])
        let rows = try cut.logits(images).permuted([0, 2, 3, 1]).reshaped([128, 5]).converted(to: .float64)
        let mean = try rows.reduced(.mean, axes: [0]).doubles()
        #expect(zip(mean, found.mean).allSatisfy { abs($0 - $1) < 1e-6 })
        let group = try #require(try Coupling(graph).groups.first { $0.width == 5 })
        let analysis = try GroupAnalysis(group, in: graph, scorer: Self.scorer, moments: all)
        let step = try analysis.steps(kept: [0, 2], rules: [CompensatedDeletionRule()])[0]
        #expect(step.map.consumers.allSatisfy { $0.source == .synthetic })
    }
}
