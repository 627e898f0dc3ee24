// Prunes half of every group by a criterion of its own: the median absolute weight of a channel.
import Foundation
import IntraFusion

struct MedianImportance: ImportanceCriterion {
    static let name = "median"
    static let summary = "median absolute weight"

    init(options: ImportanceOptions) {}

    func memberScores(_ context: ImportanceContext) throws -> [[Double]] {
        context.mapSlices { slice in
            let sorted = slice.map { Double($0.magnitude) }.sorted()
            return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
        }
    }
}

let network = try AnalysedNetwork(
    NetworkFile("models/digits-vgg11_bn.safetensors").graph, folding: .exact)
let scorer = ImportanceScorer(MedianImportance(options: ImportanceOptions()))
let (_, small) = try CompressionPlan.make(
    for: network, sparsity: Sparsity(0.5), rule: NormPreservingRule()
) { group, network in try GroupAnalysis(group, in: network, scorer: scorer) }
let digits = try DatasetRegistry.load(
    name: "digits", folder: URL(fileURLWithPath: "data/digits"), split: .test)
let accuracies = try [network.graph, small].map { try AccuracyEvaluator(digits).accuracy(of: $0).fraction }
print("\(network.graph.parameterCount) -> \(small.parameterCount) parameters, accuracy \(accuracies)")
