public import ArgumentParser
import Foundation
public import IntraFusion

/// Compresses a whole network.
struct PruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Compress a network: every coupled group loses a share of its channels.")

    @OptionGroup var model: ModelOptions
    @OptionGroup var data: DataOptions

    @Option(parsing: .upToNextOption)
    var sparsity: [Double] = [0.5]

    @Option
    var rules: String = "delete,reference,norm_preserving,delete_moment_matched,moment_matched"

    @Option(parsing: .unconditional)
    var samples: Int?

    @Option var order = CompressionOrder.simultaneous
    @Option var importance = "l1"

    @OptionGroup var engine: EngineOptions

    func run() throws {
        let device = try engine.prepare()
        let loaded = try model.load()
        let images = try DatasetRegistry.load(
            name: data.dataset, folder: URL(fileURLWithPath: data.data, isDirectory: true), split: .test)
        let folded = try BatchNormFolding.exact.folded(loaded.graph)
        let moments = try NetworkMoments(batchNormsOf: loaded.graph, foldedInto: folded)
        let scorer = try ImportanceRegistry.scorer(named: importance, original: loaded.graph)
        let evaluator = try AccuracyEvaluator(images, sampleCount: samples, device: device)
        for rule in rules.split(separator: ",").map(String.init) {
            for value in sparsity {
                let start = ContinuousClock().now
                let (_, small) = try CompressionPlan.make(
                    for: folded, sparsity: Sparsity(value), rule: MergeRuleRegistry.rule(named: rule),
                    order: order
                ) { try GroupAnalysis($0, in: $1, scorer: scorer, moments: moments) }
                let seconds = (ContinuousClock().now - start) / .seconds(1)
                let accuracy = try evaluator.accuracy(of: small)
                print(rule, value, accuracy.fraction, seconds)
            }
        }
    }
}

extension CompressionOrder: ExpressibleByArgument {}
