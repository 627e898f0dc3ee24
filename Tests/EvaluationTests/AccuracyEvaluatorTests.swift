import Datasets
import Evaluation
import Graph
import Models
import NetworkSupport
import Testing
import Torch

@Suite("Accuracy of networks that share their beginning")
struct AccuracyEvaluatorTests {
    /// A cache for everything, one for some batches, and one for a single batch of a single group at a time.
    @Test(
        "each variant has the accuracy that it has alone, whatever the cache and the batches",
        arguments: PrunedNetworks.names, [(2 << 30, 250), (400_000, 16), (1, 16), (60_000, 1)])
    func sharing(name: String, sizes: (cache: Int, batch: Int)) throws {
        let networks = try PrunedNetworks(name)
        let evaluator = try AccuracyEvaluator(
            networks.data, batchSize: sizes.batch, cacheLimit: sizes.cache)
        for variants in [networks.variants, networks.variants.map { EvaluationVariant($0.graph) }] {
            var log = EvaluationLog()
            try evaluator.evaluate(base: networks.base, variants: variants) { event in
                log.note(event)
                return true
            }
            #expect(try log.base == networks.naive(networks.base))
            #expect(log.variants.count == variants.count && log.order.count == variants.count)
            for (index, variant) in variants.enumerated() {
                #expect(try log.variants[index] == networks.naive(variant.graph), "variant \(index)")
            }
            #expect(zip(log.progress, log.progress.dropFirst()).allSatisfy { $0 <= $1 })
            #expect(log.progress.last.map { $0 > 0.999 && $0 <= 1 } == true)
        }
        // Otherwise the same count for all would do.
        #expect(try Set(networks.variants.map { try networks.naive($0.graph).correct }).count > 1)
    }

    @Test("only the first samples count where a limit is given", arguments: [1, 33, 70, 1000])
    func limit(count: Int) throws {
        let networks = try PrunedNetworks("vgg11_bn", groups: [3])
        let evaluator = try AccuracyEvaluator(networks.data, sampleCount: count, batchSize: 16)
        #expect(evaluator.sampleCount == min(count, 70))
        var log = EvaluationLog()
        try evaluator.evaluate(base: networks.base, variants: networks.variants) { event in
            log.note(event)
            return true
        }
        #expect(try log.base == networks.naive(networks.base, count: count))
        #expect(log.base?.total == min(count, 70))
        for (index, variant) in networks.variants.enumerated() {
            #expect(try log.variants[index] == networks.naive(variant.graph, count: count))
        }
        #expect(try evaluator.accuracy(of: networks.base) == log.base)
    }

    @Test(
        "an evaluation that is cancelled has reported what was finished, and nothing after",
        arguments: [1, 100_000, 2 << 30])
    func cancelling(cache: Int) throws {
        let networks = try PrunedNetworks("vgg11_bn")
        let evaluator = try AccuracyEvaluator(networks.data, batchSize: 16, cacheLimit: cache)
        for wanted in [0, 1, 5] {
            var log = EvaluationLog()
            try evaluator.evaluate(base: networks.base, variants: networks.variants) { event in
                log.note(event)
                return log.base == nil || log.variants.count < wanted
            }
            #expect(try log.base == networks.naive(networks.base))
            #expect(log.variants.count == wanted)
            for (index, accuracy) in log.variants {
                #expect(try accuracy == networks.naive(networks.variants[index].graph))
            }
        }
        var events = 0
        try evaluator.evaluate(base: networks.base, variants: networks.variants) { _ in
            events += 1
            return false
        }
        #expect(events == 1)
    }

    private func spoiling(_ graph: Graph, _ name: String) throws -> Graph {
        let id = try #require(graph.value(named: name))
        let shape = try graph.parameter(name).shape
        return try graph.replacing(parameters: [id: Tensor(repeating: .nan, shape: shape)])
    }

    @Test("outputs that are not numbers: an error of the network, and no sample right for a variant of it")
    func notNumbers() throws {
        let networks = try PrunedNetworks("vgg11_bn", groups: [0])
        let evaluator = try AccuracyEvaluator(networks.data, batchSize: 16)
        let broken = try spoiling(networks.base, "features.8.bias")
        let error = #expect(throws: EvaluationError.self) { try evaluator.accuracy(of: broken) }
        #expect(error?.description.contains("vgg11_bn") == true)
        #expect(error?.description.contains("not finite numbers") == true)
        var log = EvaluationLog()
        try evaluator.evaluate(
            base: networks.base, variants: [EvaluationVariant(broken), networks.variants[0]]
        ) { event in
            log.note(event)
            return true
        }
        #expect(log.variants[0] == Accuracy(correct: 0, total: 70))
        #expect(try log.variants[1] == networks.naive(networks.variants[0].graph))
    }

    @Test("a variant that is the base, and one that differs at the very end")
    func edges() throws {
        let networks = try PrunedNetworks("resnet18", groups: [0])
        let id = try #require(networks.base.value(named: "linear.bias"))
        let shifted = try Tensor([9, 0, 0, 0, 0, 0, 0, 0, 0, 0] as [Float], shape: [10])
            .applying(.multiplied(1e6))
        let constant = try networks.base.replacing(parameters: [id: shifted])
        var log = EvaluationLog()
        try AccuracyEvaluator(networks.data).evaluate(
            base: networks.base, variants: [EvaluationVariant(networks.base), EvaluationVariant(constant)]
        ) { event in
            log.note(event)
            return true
        }
        #expect(log.variants[0] == log.base)
        #expect(log.variants[1]?.correct == networks.data.classCounts[0])
        #expect(log.variants[1] != log.base)
    }

    @Test("counts below 1, an empty set, other images, other classes and another network are errors")
    func invalid() throws {
        let networks = try PrunedNetworks("vgg11_bn", count: 4, groups: [0])
        for count in [0, -1] {
            #expect(throws: EvaluationError.self) {
                try AccuracyEvaluator(networks.data, sampleCount: count)
            }
            #expect(throws: EvaluationError.self) { try AccuracyEvaluator(networks.data, batchSize: count) }
        }
        #expect(throws: EvaluationError.self) { try AccuracyEvaluator(networks.data.prefix(0)) }
        let evaluator = try AccuracyEvaluator(networks.data)
        let architecture = try NetworkCase(name: "vgg11_bn").architecture
        for graph in [
            try architecture.initialised(classes: 7, widthMultiplier: 0.02),
            try architecture.initialised(inputChannels: 1, widthMultiplier: 0.02),
        ] {
            #expect(throws: DatasetError.self) { try evaluator.accuracy(of: graph) }
        }
        let other = try NetworkCase(name: "vgg13_bn").network()
        let error = #expect(throws: EvaluationError.self) {
            try evaluator.evaluate(base: networks.base, variants: [EvaluationVariant(other)]) { _ in true }
        }
        #expect(error?.description.contains("vgg13_bn") == true)
    }

    @Test("fractions are over all samples")
    func fraction() {
        #expect(Accuracy(correct: 3, total: 8).fraction == 0.375)
        #expect(Accuracy(correct: 0, total: 0).fraction == 0)
    }
}
